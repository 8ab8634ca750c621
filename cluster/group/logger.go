package group

import (
	"context"
	"io"
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// newLogger gives raft a logger that writes to ours.
func newLogger(to *slog.Logger) hclog.Logger {
	l := hclog.NewInterceptLogger(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Off})
	l.RegisterSink(&logSink{to: to})
	return l
}

type logSink struct{ to *slog.Logger }

// Accept implements hclog.SinkAdapter. raft tells at Info what we want to know
// only when looking for a fault.
func (s *logSink) Accept(_ string, level hclog.Level, msg string, args ...any) {
	to := slog.LevelDebug
	switch level {
	case hclog.Warn:
		to = slog.LevelInfo
	case hclog.Error:
		to = slog.LevelWarn
	default:
	}
	if s.to.Enabled(context.Background(), to) {
		s.to.Log(context.Background(), to, "raft: "+msg, args...)
	}
}
