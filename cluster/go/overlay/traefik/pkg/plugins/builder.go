// This file takes the place of upstream's plugin builders, which embed a Go interpreter and a
// WebAssembly runtime. The embedded cluster loads no Traefik plugins.
package plugins

import (
	"context"
	"errors"
	"net/http"

	"github.com/traefik/traefik/v3/pkg/provider"
)

var errNoPlugins = errors.New("plugins are not in this build")

// Constructor creates a plugin handler.
type Constructor func(context.Context, http.Handler) (http.Handler, error)

// Builder refuses every plugin.
type Builder struct{}

// NewBuilder fails when any plugin is configured.
func NewBuilder(_ *Manager, remote map[string]Descriptor, local map[string]LocalDescriptor) (*Builder, error) {
	if len(remote)+len(local) > 0 {
		return nil, errNoPlugins
	}
	return &Builder{}, nil
}

// Build always fails.
func (Builder) Build(string, map[string]interface{}, string) (Constructor, error) {
	return nil, errNoPlugins
}

// BuildProvider always fails.
func (Builder) BuildProvider(string, map[string]interface{}) (provider.Provider, error) {
	return nil, errNoPlugins
}
