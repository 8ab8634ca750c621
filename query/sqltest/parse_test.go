package sqltest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sampleFile = `# a comment
statement ok
CREATE TABLE t (a Int8)
ENGINE = MergeTree ORDER BY a

statement error 6|27
INSERT INTO t VALUES ('x')

flush
skipif clickhouse
skipif shards3
query ITR rowsort
SELECT a, s, f FROM t
----
1	x	0.5
2		nan

# between
onlyif flush
query T ties=1 cut=both
SELECT s FROM t LIMIT 1, 1
----
(empty)

query I
SELECT 1 WHERE 0
----

skipfile a b

print
SELECT 1 FORMAT JSON
----
{
(empty)
}
`

func TestParse(t *testing.T) {
	got, err := ParseText("f.test", sampleFile)
	if err != nil {
		t.Fatal(err)
	}
	want := []Record{
		{Line: 2, Kind: StatementOK, SQL: "CREATE TABLE t (a Int8)\nENGINE = MergeTree ORDER BY a"},
		{Line: 6, Kind: StatementError, Codes: []int{6, 27}, SQL: "INSERT INTO t VALUES ('x')"},
		{Line: 9, Kind: Flush},
		{
			Line: 12, Kind: Query, SQL: "SELECT a, s, f FROM t", Columns: "ITR", Order: AnyOrder,
			Want: []string{"1\tx\t0.5", "2\t\tnan"}, SkipIf: []string{"clickhouse", "shards3"},
		},
		{
			Line: 20, Kind: Query, SQL: "SELECT s FROM t LIMIT 1, 1", Columns: "T", Order: TiesInAnyOrder,
			Ties: []int{0}, Cut: CutBoth, Want: []string{""}, OnlyIf: []string{"flush"},
		},
		{Line: 25, Kind: Query, SQL: "SELECT 1 WHERE 0", Columns: "I"},
		{Line: 29, Kind: SkipFile, SkipIf: []string{"a", "b"}},
		{Line: 31, Kind: Print, SQL: "SELECT 1 FORMAT JSON", Want: []string{"{", "", "}"}},
	}
	for i := range want {
		want[i].Path = "f.test"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseMistakes(t *testing.T) {
	cases := []struct{ text, want string }{
		{"# x\n\nselect 1\n", `f.test:3: unknown record "select"`},
		{"statement\nSELECT 1\n", "f.test:1: statement is followed by ok, or error and its code"},
		{"statement error\nSELECT 1\n", "f.test:1: statement is followed by"},
		{"statement error ?\nSELECT 1\n", `f.test:1: "?" is no error code`},
		{"statement ok\n\nflush\n", "f.test:1: statement without SQL"},
		{"\nquery\nSELECT 1\n----\n1\n", "f.test:2: query is followed by a letter a column"},
		{"query X\nSELECT 1\n----\n1\n", "f.test:1: query is followed by a letter a column"},
		{"query I sort\nSELECT 1\n----\n1\n", `f.test:1: unknown word "sort" after query`},
		{"query I ties=2\nSELECT 1\n----\n1\n", `f.test:1: ties: "2" is no column of 1`},
		{"query I cut=both\nSELECT 1\n----\n1\n", "f.test:1: cut= goes with ties="},
		{"query I\n----\n1\n", "f.test:1: query without SQL"},
		{"query I\nSELECT 1\n\n", "f.test:1: query without ----"},
		{"query I\nSELECT 1\n----\n1\n2\t3\n", "f.test:5: row has 2 columns, query I has 1"},
		{"print x\nSELECT 1\n----\n1\n", "f.test:1: print takes nothing"},
		{"print\nSELECT 1\n", "f.test:1: print without ---- and its answer"},
		{"skipfile\n", "f.test:1: skipfile takes names"},
		{"flush now\n", "f.test:1: flush takes nothing"},
		{"skipif\nflush\n", "f.test:1: skipif takes one name"},
		{"skipif a\n\nflush\n", "f.test:2: skipif or onlyif without a record"},
		{"onlyif a\n", "f.test:1: onlyif without a record"},
	}
	for _, c := range cases {
		_, err := ParseText("f.test", c.text)
		var pe *ParseError
		if !errors.As(err, &pe) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, wanted %s", c.text, err, c.want)
		}
	}
}

// corpusRecordsMin is what the corpus promises to hold.
const corpusRecordsMin = 2500

// TestCorpusParses reads every file and holds the corpus to its own rules.
func TestCorpusParses(t *testing.T) {
	total := 0
	seen := map[string]string{} // database → path
	for _, path := range Files(t) {
		records, err := Parse(path)
		if err != nil {
			t.Error(err)
			continue
		}
		db := Database(path)
		if other, twice := seen[db]; twice {
			t.Errorf("%s and %s run in the same database %s", path, other, db)
		}
		seen[db] = path
		for i := range records {
			r := &records[i]
			total++
			up := strings.ToUpper(r.SQL)
			if strings.Contains(up, "ENGINE = MEMORY") {
				t.Errorf("%s:%d: tables are MergeTree tables: others don't reach segments", r.Path, r.Line)
			}
			if strings.HasSuffix(strings.TrimSpace(r.SQL), ";") {
				t.Errorf("%s:%d: no semicolon ends a record", r.Path, r.Line)
			}
		}
	}
	if total < corpusRecordsMin {
		t.Errorf("the corpus has %d records, at least %d are promised", total, corpusRecordsMin)
	}
	t.Logf("%d records in %d files", total, len(seen))
}

func TestNames(t *testing.T) {
	for path, want := range map[string][2]string{
		"/a/query/sqltest/testdata/joins/left-1.test": {"joins/left-1", "joins_left_1"},
		"testdata/types/ints.test":                    {"types/ints", "types_ints"},
		"x.test":                                      {"x", "x"},
	} {
		if Name(path) != want[0] || Database(path) != want[1] {
			t.Errorf("%s: %s, %s", path, Name(path), Database(path))
		}
	}
}

func TestSharedDataFollowsTheVariable(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data", "set"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(sharedEnv, dir)
	if got := SharedData(t, "set"); got != filepath.Join(dir, "data", "set") {
		t.Error(got)
	}
	skipped := t.Run("absent", func(t *testing.T) {
		SharedData(t, "no-such-set")
		t.Error("an absent set must skip the test")
	})
	if !skipped {
		t.Error("skipping failed")
	}
}
