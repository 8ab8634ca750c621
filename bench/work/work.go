// Package work holds what is measured, as data: tables and rollups of each system
// (layout.go), and questions as each is asked (one file for each workload), with
// the floors that Freshet is held against.
package work

import (
	"github.com/freshetdb/freshet/bench/peer"
)

// Question is one thing to know, in the words of each system.
//
// The plain way reads the table as it was made, with no effort of the user. The
// expert's ways read what somebody who knows the system well would have made for
// such questions; each is tried, and the fastest is measured.
type Question struct {
	Work  string // W2, W3, …
	Name  string
	Match peer.Match
	// Control is asked of ClickHouse for the exact answer where the measured ones are
	// estimates, which Match then says how far off they may be.
	Control string

	Freshet       string
	FreshetExpert []string // none: the plain statement, answered from rollups
	ClickHouse    string   // "": the words for Freshet
	ClickHouseExp []string // none: the plain way is the best known
	DuckDB        string   // "": the words for ClickHouse
	DuckDBExpert  []string
	NoDuckDB      string // why DuckDB is not asked
	PlainOnly     bool   // nobody prepared anything for it

	// Floors are how many times faster than ClickHouse Freshet is to be: with the
	// same schema, and than the expert's. 0: none.
	Same, Expert float64
	// Geometric: the floors hold for the geometric mean of the work's questions.
	Geometric bool
}

// Way is one way to ask a question of a system.
type Way struct {
	Expert bool
	SQL    string
}

// Ways are all ways of a kind, the plain one first; none when the kind can't be asked.
func (q Question) Ways(k peer.Kind) []Way {
	plain, experts := q.Freshet, q.FreshetExpert
	switch k {
	case peer.Freshet:
		if len(experts) == 0 {
			experts = []string{plain}
		}
	case peer.ClickHouse:
		plain, experts = or(q.ClickHouse, plain), q.ClickHouseExp
	case peer.DuckDB:
		if q.NoDuckDB != "" {
			return nil
		}
		plain, experts = or(q.DuckDB, or(q.ClickHouse, plain)), q.DuckDBExpert
	}
	ways := []Way{{SQL: plain}}
	if q.PlainOnly {
		return ways
	}
	for _, sql := range experts {
		ways = append(ways, Way{Expert: true, SQL: sql})
	}
	return ways
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// The third of the three days, and its last hour.
const (
	dayFrom  = "2026-06-03 00:00:00"
	dayTo    = "2026-06-04 00:00:00"
	hourFrom = "2026-06-03 23:00:00"
	inDay    = "ts >= '" + dayFrom + "' AND ts < '" + dayTo + "'"
	inHour   = "ts >= '" + hourFrom + "' AND ts < '" + dayTo + "'"
	minutes  = "minute >= '" + dayFrom + "' AND minute < '" + dayTo + "'"
	// wholeMinutes is what lets ClickHouse use its key (toDate, toStartOfMinute, …).
	wholeMinutes = " AND toStartOfMinute(ts) >= '" + hourFrom + "'"
)
