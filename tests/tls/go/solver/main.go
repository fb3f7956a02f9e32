// Command solver is cert-manager's acmesolver: it answers one challenge.
package main

import (
	"flag"
	"log"

	"github.com/go-logr/logr"

	"github.com/cert-manager/cert-manager/pkg/issuer/acme/http/solver"
)

func main() {
	port := flag.Int("listen-port", 8089, "")
	domain := flag.String("domain", "", "")
	token := flag.String("token", "", "")
	key := flag.String("key", "", "")
	flag.Parse()
	answer := &solver.HTTP01Solver{ListenPort: *port, Domain: *domain, Token: *token, Key: *key}
	log.Fatal(answer.Listen(logr.Discard()))
}
