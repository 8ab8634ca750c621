package bench

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// fake answers from a map, and takes a fixed time for each statement.
type fake struct {
	kind    peer.Kind
	answers map[string]string
	took    map[string]time.Duration
	asked   []string
}

func (f *fake) Kind() peer.Kind  { return f.kind }
func (f *fake) Version() string  { return "1" }
func (f *fake) PID() int         { return 0 }
func (f *fake) Dir() string      { return "" }
func (f *fake) Concurrent() bool { return true }
func (f *fake) Close() error     { return nil }

func (f *fake) Ask(_ context.Context, sql string) (peer.Answer, error) {
	f.asked = append(f.asked, sql)
	text, ok := f.answers[sql]
	if !ok {
		return peer.Answer{}, errors.New("unknown statement")
	}
	return peer.Answer{Text: text, Took: f.took[sql]}, nil
}

func testRun(rounds int) *run {
	return &run{Config: Config{Rounds: rounds, Progress: io.Discard}, report: &report.Report{Started: time.Now()}}
}

func contenders(freshet, clickhouse *fake) []*contender {
	freshet.kind, clickhouse.kind = peer.Freshet, peer.ClickHouse
	return []*contender{
		{System: freshet, plain: report.Freshet, expert: report.FreshetExpert},
		{System: clickhouse, plain: report.ClickHouse, expert: report.ClickHouseExpert},
	}
}

// TestRaceTakesTheFastestRightWay: an expert's way that answers wrongly is left out
// however fast it is, and of the others the fastest counts.
func TestRaceTakesTheFastestRightWay(t *testing.T) {
	const ms = time.Millisecond
	f := &fake{answers: map[string]string{"q": "1\n"}, took: map[string]time.Duration{"q": 2 * ms}}
	c := &fake{
		answers: map[string]string{"q": "1\n", "slow": "1\n", "quick": "1\n", "wrong": "2\n"},
		took:    map[string]time.Duration{"q": 20 * ms, "slow": 12 * ms, "quick": 6 * ms, "wrong": ms},
	}
	a := testRun(7).question(t.Context(), work.Question{Freshet: "q", ClickHouseExp: []string{"slow", "wrong", "quick"}}, contenders(f, c))
	if a.Void != "" || a.Same.Median != 10 || a.Expert.Median != 3 || a.Times[report.ClickHouseExpert].SQL != "quick" {
		t.Errorf("same %v, expert %v by %q, void %q", a.Same, a.Expert, a.Times[report.ClickHouseExpert].SQL, a.Void)
	}
	if len(a.Notes) != 1 || a.Notes[0] != `a way of ClickHouse, expert, is left out, another answer: row 1: "1" and "2": wrong` {
		t.Errorf("notes: %q", a.Notes)
	}
}

func TestWrongAnswerVoidsTheRow(t *testing.T) {
	f := &fake{answers: map[string]string{"q": "2\n"}}
	c := &fake{answers: map[string]string{"q": "1\n"}}
	a := testRun(7).question(t.Context(), work.Question{Freshet: "q"}, contenders(f, c))
	if !strings.Contains(a.Void, "another answer") || a.Times != nil {
		t.Errorf("void %q, times %v", a.Void, a.Times)
	}
	if len(f.asked) > 3 {
		t.Errorf("a wrong answer was timed: %d statements", len(f.asked))
	}
}

// TestControlHoldsEstimates: estimates are held against the exact answer, not against
// each other.
func TestControlHoldsEstimates(t *testing.T) {
	f := &fake{answers: map[string]string{"q": "104\n"}, took: map[string]time.Duration{"q": 1}}
	c := &fake{answers: map[string]string{"q": "96\n", "exact": "100\n"}, took: map[string]time.Duration{"q": 1}}
	q := work.Question{Freshet: "q", Control: "exact", Match: peer.Match{Tolerance: 0.05}, PlainOnly: true}
	if a := testRun(7).question(t.Context(), q, contenders(f, c)); a.Void != "" || len(a.Times) != 2 {
		t.Errorf("void %q, times %v", a.Void, a.Times)
	}
}

func TestQuestionsAreComplete(t *testing.T) {
	list := work.EventQuestions()
	if hits, star := work.ClickBench(), work.StarSchema(); len(hits) != 43 || len(star) != 13 {
		t.Errorf("%d questions of ClickBench, %d of the star schema", len(hits), len(star))
	}
	works, names := map[string]int{}, map[string]bool{}
	for _, q := range list {
		works[q.Work]++
		if names[q.Name] {
			t.Errorf("%q comes twice", q.Name)
		}
		names[q.Name] = true
		for _, k := range []peer.Kind{peer.Freshet, peer.ClickHouse} {
			if ways := q.Ways(k); len(ways) == 0 || ways[0].Expert {
				t.Errorf("%s: %s has no plain way", q.Name, k)
			}
		}
	}
	if works["W2"] != 6 || works["W3"] != 7 || works["W5"] != 17 || works["W6"] != 3 {
		t.Errorf("questions by work: %v", works)
	}
	if len(growthQuestions()) != 7 {
		t.Errorf("%d questions of growth, seven are named", len(growthQuestions()))
	}
}
