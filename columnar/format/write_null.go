package format

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// nullWriter prints nothing: FORMAT Null measures a query alone.
type nullWriter struct{}

func (nullWriter) Begin([]string, []types.Type) error { return nil }
func (nullWriter) Write(*batch.Batch) error           { return nil }
func (nullWriter) Totals(*batch.Batch) error          { return nil }
func (nullWriter) Extremes(*batch.Batch) error        { return nil }
func (nullWriter) End(Stats) error                    { return nil }
func (nullWriter) ContentType() string                { return "text/plain; charset=UTF-8" }
