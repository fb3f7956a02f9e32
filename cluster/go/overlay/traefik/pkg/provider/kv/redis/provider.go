// Package redis takes the place of upstream's provider, which the embedded cluster does not use
// and whose client library takes longer to build than the rest of Traefik.
package redis

import (
	"errors"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/safe"
)

// Provider refuses to start: it is not in this build.
type Provider struct{}

// Init always fails.
func (*Provider) Init() error { return errors.New("the redis provider is not in this build") }

// Provide always fails.
func (p *Provider) Provide(chan<- dynamic.Message, *safe.Pool) error { return p.Init() }
