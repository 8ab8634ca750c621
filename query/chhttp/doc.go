// Package chhttp is ClickHouse's HTTP interface: GET and POST /, /ping,
// /replicas_status, and /metrics in Prometheus' text.
//
// A request becomes an engine.Request (request.go): the statement from the URL
// and the body, settings from URL parameters, the session, data behind an
// INSERT (compression.go). The answer is held back until it is large enough to
// be sent (response.go), so that an early error has a status and a body of its
// own; a later one is marked in the stream as ClickHouse does (errors.go).
package chhttp
