package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// RowNumber is row_number: the place of the row in its partition, from 1.
func RowNumber(_ context.Context, w *windowRows, _ *WindowCall) (*batch.Vector, error) {
	out := make([]uint64, w.batch.Rows)
	for p := range len(w.partitions) - 1 {
		from, to := w.partitions[p], w.partitions[p+1]
		for i := from; i < to; i++ {
			out[i] = uint64(i-from) + 1
		}
	}
	return batch.NewFixed(types.Of(types.UInt64), out, nil), nil
}

// Rank is rank: the place of the first of the row's peers.
func Rank(_ context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
	out := make([]uint64, w.batch.Rows)
	w.eachPeers(c.Frame, func(g peerGroup) {
		for i := g.lo; i < g.hi; i++ {
			out[i] = uint64(g.lo-g.from) + 1
		}
	})
	return batch.NewFixed(types.Of(types.UInt64), out, nil), nil
}

// DenseRank is dense_rank: the number of the row's group of peers.
func DenseRank(_ context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
	out := make([]uint64, w.batch.Rows)
	w.eachPeers(c.Frame, func(g peerGroup) {
		for i := g.lo; i < g.hi; i++ {
			out[i] = g.number
		}
	})
	return batch.NewFixed(types.Of(types.UInt64), out, nil), nil
}

// PercentRank is percent_rank: (rank - 1) / (rows - 1), 0 for a row alone.
func PercentRank(_ context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
	out := make([]float64, w.batch.Rows)
	w.eachPeers(c.Frame, func(g peerGroup) {
		if g.to-g.from < 2 {
			return
		}
		for i := g.lo; i < g.hi; i++ {
			out[i] = float64(g.lo-g.from) / float64(g.to-g.from-1)
		}
	})
	return batch.NewFixed(types.Of(types.Float64), out, nil), nil
}

// CumeDist is cume_dist: the part of the rows that come before or are peers.
func CumeDist(_ context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
	out := make([]float64, w.batch.Rows)
	w.eachPeers(c.Frame, func(g peerGroup) {
		for i := g.lo; i < g.hi; i++ {
			out[i] = float64(g.hi-g.from) / float64(g.to-g.from)
		}
	})
	return batch.NewFixed(types.Of(types.Float64), out, nil), nil
}

// Ntile is ntile(k): partitions cut into k buckets, the first ones larger by a
// row where they can't be equal.
func Ntile(_ context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
	out := make([]uint64, w.batch.Rows)
	if len(out) == 0 {
		return batch.NewFixed(types.Of(types.UInt64), out, nil), nil
	}
	k := w.batch.Cols[c.Args[0]].Integer(0)
	for p := range len(w.partitions) - 1 {
		from, to := uint64(w.partitions[p]), uint64(w.partitions[p+1])
		size, larger := (to-from)/k, (to-from)%k
		for i := from; i < to; i++ {
			if at := i - from; at < larger*(size+1) {
				out[i] = at/(size+1) + 1
			} else {
				out[i] = larger + (at-larger*(size+1))/size + 1
			}
		}
	}
	return batch.NewFixed(types.Of(types.UInt64), out, nil), nil
}

// peerGroup is rows [lo, hi) of equal order, the number-th group of partition
// [from, to).
type peerGroup struct {
	lo, hi, from, to uint32
	number           uint64
}

func (w *windowRows) eachPeers(f Frame, visit func(peerGroup)) {
	peers := w.peersOf(f)
	k := 0
	for p := range len(w.partitions) - 1 {
		g := peerGroup{from: w.partitions[p], to: w.partitions[p+1]}
		for ; k+1 < len(peers) && peers[k] < g.to; k++ {
			g.lo, g.hi = peers[k], peers[k+1]
			g.number++
			visit(g)
		}
	}
}
