package merge

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/rollup"
)

// measureMerged learns the shapes of rows that are merged: sums are larger than
// what they are sums of. States, whose merging is what costs, are left out: they
// have one form only.
func (m *merger) measureMerged(ctx context.Context) error {
	plan := m.opts.Merge.WithoutStates()
	streams := map[string]*rollup.Stream{}
	var order []*rollup.Stream
	err := mergeInputs(ctx, m.inputs, &m.opts, func(b *batch.Batch, _ []Row) error {
		return m.route(b, func(p string, sel []uint32) error {
			s := streams[p]
			if s == nil {
				s = plan.NewStream(nil, func(b *batch.Batch) error {
					m.shape(p).Add(b)
					return nil
				})
				streams[p], order = s, append(order, s)
			}
			return s.Add(pick(b, sel))
		})
	})
	if err != nil {
		return err
	}
	for _, s := range order {
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}
