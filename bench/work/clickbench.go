package work

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/bench/gen"
	"github.com/freshetdb/freshet/bench/peer"
)

// clickBenchSQL is clickhouse/queries.sql of ClickBench (ClickHouse Inc., CC
// BY-NC-SA 4.0), one statement a line.
//
//go:embed sql/clickbench.sql
var clickBenchSQL string

// ClickBench are its 43 questions, word for word, about generated hits.
func ClickBench() []Question {
	var list []Question
	for line := range strings.Lines(strings.TrimSpace(clickBenchSQL)) {
		n := len(list)
		sql := strings.TrimSuffix(strings.TrimSpace(line), ";")
		list = append(list, Question{
			Work: "ClickBench", Name: fmt.Sprintf("Q%02d %s", n+1, short(sql)), Match: clickBenchMatch(n), Freshet: sql,
			DuckDB: strings.ReplaceAll(sql, "length(", "strlen("), PlainOnly: true, Same: 1, Geometric: true,
		})
	}
	return list
}

// short names a statement by what it groups or counts.
func short(sql string) string {
	const most = 40
	sql = strings.TrimPrefix(strings.ReplaceAll(sql, " FROM hits", ""), "SELECT ")
	if len(sql) > most {
		sql = sql[:most-1] + "…"
	}
	return sql
}

// clickBenchMatch says by which column of the answer a statement orders, as most of
// them leave ties open. Two have nothing to compare by: no order at all (Q18), or one
// by a column that is not in the answer (Q25).
func clickBenchMatch(n int) peer.Match {
	column := map[int]int{
		8: 1, 9: 2, 10: 1, 11: 2, 12: 1, 13: 1, 14: 2, 15: 1, 16: 2, 18: 3, 21: 2, 22: 3, 23: 4, 27: 1, 28: 1, 30: 2, 31: 2, 32: 2, 33: 1,
		34: 2, 35: 4, 36: 1, 37: 1, 38: 1, 39: 5, 40: 2, 41: 2,
	}
	switch n {
	case 7:
		return peer.Match{Order: []int{1}}
	case 17, 24:
		return peer.Match{CountOnly: true}
	case 19:
		return peer.Match{AnyOrder: true}
	}
	if c, ok := column[n]; ok {
		return peer.Match{Order: []int{c}, Cut: true}
	}
	return peer.Match{}
}

// Hits is the layout of the table of hits.
func Hits(k peer.Kind) Layout {
	if k == peer.DuckDB {
		types := map[string]string{
			"Int16": "SMALLINT", "Int32": "INTEGER", "Int64": "BIGINT", "String": "VARCHAR", "DateTime": "TIMESTAMP", "Date": "DATE",
		}
		return Layout{Table: gen.CreateHits(types, "")}
	}
	return Layout{
		Table:  gen.CreateHits(nil, " ENGINE = MergeTree ORDER BY (CounterID, EventDate, UserID, EventTime, WatchID)"),
		Tables: []string{"hits"},
	}
}
