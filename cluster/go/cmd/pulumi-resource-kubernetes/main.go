// Command pulumi-resource-kubernetes is upstream's Kubernetes provider for Pulumi.
//
// Upstream's main embeds two generated files that its module does not carry; the build puts
// them here from the same module (see cluster/build).
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() { provider.Serve("kubernetes", "4.25.0", schema, terraformMapping) }
