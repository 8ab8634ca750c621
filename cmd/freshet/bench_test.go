package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/bench"
)

// TestBenchQuestions asks a node all questions of the harness, over a few generated
// rows: a statement that is no longer understood, or a rollup that answers otherwise
// than its table, is found here and not an hour into a run.
func TestBenchQuestions(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // where no peer is installed
	h := startHTTP(t, 1)
	r, err := bench.Run(t.Context(), bench.Config{
		URL: h.n.addr(), Works: []string{"W2", "W3", "W5", "W6", "W7", "clickbench", "ssb"}, Rows: 20_000, IngestRows: 1000, Rounds: 7, Rate: 1, Seconds: 1,
		Shards: 1, Dir: t.TempDir(), Progress: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 6 + 7 + 17 + 3 + 43 + 13; len(r.Answers) != want {
		t.Errorf("%d questions were asked, there are %d", len(r.Answers), want)
	}
	// What experts rely on needs more rows: a new user in every minute.
	sparse := []string{"site curve of a day", "hot content's curve of a day"}
	for _, a := range r.Answers {
		if a.Void != "" || len(a.Notes) > 0 && !slices.Contains(sparse, a.Name) {
			t.Errorf("%s %s: %s %q", a.Work, a.Name, a.Void, a.Notes)
		}
		for _, n := range a.Notes {
			if !strings.HasPrefix(n, "a way of Freshet, rollups, is left out, another answer: ") {
				t.Errorf("%s: %s", a.Name, n)
			}
		}
	}
}
