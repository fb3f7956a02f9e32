//go:build tools

// Package tools pins Pulumi's language host for Python, which does not compile with the
// Pulumi modules that the other programs use.
package tools

import _ "github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3"
