// This file takes the place of upstream's pkg/provider/provider_construct.go.
//
// The two components that upstream registers there (Chart v4 and the kustomize and ConfigGroup
// directories) need 66 generated packages, two thirds of the provider's build time. The store
// programs use none of them; asked for one, this build says so.
package provider

import (
	"context"
	"fmt"

	providerresource "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

var resourceProviders = map[string]providerresource.ResourceProviderFactory{}

func (k *kubeProvider) Construct(
	_ context.Context, req *pulumirpc.ConstructRequest,
) (*pulumirpc.ConstructResponse, error) {
	return nil, fmt.Errorf("component %q is not in this build of the provider: "+
		"install upstream's plugin with `pulumi plugin install resource kubernetes v4.25.0`", req.GetType())
}
