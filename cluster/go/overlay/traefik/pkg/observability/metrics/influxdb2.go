// This file takes the place of upstream's InfluxDB exporter: the embedded cluster offers its
// metrics to Prometheus only.
package metrics

import (
	"context"

	"github.com/rs/zerolog/log"
	otypes "github.com/traefik/traefik/v3/pkg/observability/types"
)

// RegisterInfluxDB2 says that the exporter is absent and registers nothing.
func RegisterInfluxDB2(context.Context, *otypes.InfluxDB2) Registry {
	log.Error().Msg("the InfluxDB exporter is not in this build")
	return NewVoidRegistry()
}

// StopInfluxDB2 has nothing to stop.
func StopInfluxDB2() {}
