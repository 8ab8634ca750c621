package bench

import (
	"context"

	"github.com/freshetdb/freshet/bench/peer"
)

func (r *run) ingest(ctx context.Context) error                                   { return nil }
func (r *run) freshness(ctx context.Context) error                                { return nil }
func (r *run) points(ctx context.Context, f *peer.Server, all []*contender) error { return nil }
func (r *run) storage(ctx context.Context, c *contender) error                    { return nil }
