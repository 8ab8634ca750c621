package expr

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// Ctx is what expressions depend on besides their arguments. It is read-only
// once expressions are bound with it, which one goroutine does; one Ctx serves a whole
// query.
type Ctx struct {
	Context context.Context //nolint:containedctx // the life of one query, which is what a Ctx is
	// Memory is what the query may have; nil is no limit.
	Memory *ledger.Budget
	// Codes keeps what calls give for whole dictionaries; nil computes them for the rows
	// of each batch.
	Codes *CodeValues
	// Zone is the zone of types without one of their own; nil is UTC.
	Zone *types.Zone
	// Now is the one time of the query: now() and today() are constants of it.
	Now time.Time
	// CastKeepNullable is cast_keep_nullable: CAST of a Nullable gives a Nullable.
	CastKeepNullable bool
	// TransformNullIn is transform_null_in: NULL IN (NULL) is true.
	TransformNullIn bool
	// BasicTimeInput is cast_string_to_date_time_mode = 'basic'; the default is
	// best_effort.
	BasicTimeInput bool
	// Applied are the aggregate functions, as the catalogue names them, that expressions
	// bound with it apply within a row, as arrayReduce does: also those that were folded
	// since.
	Applied []string
}

// Background is a Ctx in UTC without a time, for stored definitions and tests.
func Background() *Ctx { return &Ctx{Context: context.Background()} }

func (c *Ctx) zone() *types.Zone {
	if c == nil || c.Zone == nil {
		return types.UTC
	}
	return c.Zone
}

// zoneOf is the zone in which values of t are shown.
func (c *Ctx) zoneOf(t types.Type) *types.Zone {
	if t.Zone != nil {
		return t.Zone
	}
	return c.zone()
}

func (c *Ctx) applies(f agg.Func) {
	if name := agg.Plain(f.Name()); c != nil && !slices.Contains(c.Applied, name) {
		c.Applied = append(c.Applied, name)
	}
}

func (c *Ctx) cancelled() error {
	if c == nil || c.Context == nil {
		return nil
	}
	return Cancelled(c.Context)
}

// Cancelled is the error of a query that was killed or timed out, which has a code of its own, or whose client left.
func Cancelled(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if _, known := errors.AsType[*chcode.Error](cause); known {
		return cause
	}
	return chcode.Errorf(chcode.QueryWasCancelled, "Query was cancelled: %w", cause)
}
