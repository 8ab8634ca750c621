// Package report is what a run found, and its forms: JSON for machines, Markdown
// for the README, one self-contained page of HTML with plots, and the comparison
// of two runs.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Version of the JSON.
const Version = 1

// Report is one run. Fields of what it lists are columns of its tables where they have a tag col, written as the tag as says (see cell).
// Those with a tag diff are compared with another run's (see figures.walk).
type Report struct {
	Version int       `json:"version"`
	Started time.Time `json:"started"`
	Took    float64   `json:"took_s"`
	Machine Machine   `json:"machine"`
	Rows    int64     `json:"rows"`
	Rounds  int       `json:"rounds"`
	Systems []System  `json:"systems"`

	Answers   []Answer  `json:"answers,omitempty" diff:"#"`
	Ingest    []Ingest  `json:"ingest,omitempty" diff:"#W1"`
	Points    []Point   `json:"points,omitempty" diff:"#W4"`
	Storage   []Storage `json:"storage,omitempty" diff:"#W7"`
	Freshness []Fresh   `json:"freshness,omitempty" diff:"#freshness"`
	Mixed     []Mixed   `json:"mixed,omitempty" diff:"#mixed"`
	Growth    []Growth  `json:"growth,omitempty" diff:"#growth"`
	// Freshet with one shard and with several: the loads, and the questions.
	Sharded []Sharded     `json:"sharded,omitempty" diff:"#shards"`
	Shards  []ShardAnswer `json:"shards,omitempty" diff:"#shards"`

	Notes []string   `json:"notes,omitempty"`
	Parts []TimePart `json:"parts,omitempty"`
}

// TimePart is how long a part of the run took.
type TimePart struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"s"`
}

// Machine is where the run was.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory_bytes"`
	Kernel string `json:"kernel"`
	GoVer  string `json:"go"`
}

// System is one that was measured.
type System struct {
	Name    string  `json:"name" col:"system"`
	Version string  `json:"version" col:"version"`
	LoadS   float64 `json:"load_s,omitempty" col:"load s" as:"1"`              // of all rows, the plain layout
	ExpertS float64 `json:"expert_s,omitempty" col:"expert's layout s" as:"1"` // to make and merge the expert's layout
	// LoadPeakRSS is the most memory before the first question.
	LoadPeakRSS int64 `json:"load_peak_rss_bytes,omitempty" col:"peak RSS after load, GiB" as:"GiB"`
	PeakRSS     int64 `json:"peak_rss_bytes,omitempty" col:"at the end" as:"GiB"`
	// Failed says why it has no rows, or not the expert's layout.
	Failed string `json:"failed,omitempty"`
}

// The contestants of a question.
const (
	Freshet          = "Freshet"
	FreshetExpert    = "Freshet, rollups"
	ClickHouse       = "ClickHouse"
	ClickHouseExpert = "ClickHouse, expert"
	DuckDB           = "DuckDB"
	DuckDBExpert     = "DuckDB, expert"
)

// Contestants are all of them in the order of tables.
func Contestants() []string {
	return []string{Freshet, FreshetExpert, ClickHouse, ClickHouseExpert, DuckDB, DuckDBExpert}
}

// Answer is one question: how long each contestant took.
type Answer struct {
	Work string `json:"work" diff:"%"`
	Name string `json:"name" diff:"="`
	// Void says why there are no times: an answer was wrong, or missing.
	Void  string          `json:"void,omitempty"`
	Times map[string]Time `json:"times,omitempty" diff:"~ms"`
	// Ratios are a peer's time divided by Freshet's, turn by turn: Same is both from
	// the plain table, Rollups ClickHouse from it and Freshet by its best layout,
	// Expert both by their best layout.
	Same    Spread `json:"same"`
	Rollups Spread `json:"rollups"`
	Expert  Spread `json:"expert"`
	// The same of CPU time, which a busy machine moves less.
	SameCPU   float64  `json:"same_cpu"`
	ExpertCPU float64  `json:"expert_cpu"`
	Duck      Spread   `json:"duck"`
	DuckBest  Spread   `json:"duck_expert"`
	SameFloor float64  `json:"same_floor,omitempty"`
	ExpFloor  float64  `json:"expert_floor,omitempty"`
	Geometric bool     `json:"geometric,omitempty"`
	Notes     []string `json:"notes,omitempty"`
}

// Time is what one contestant took for one question.
type Time struct {
	MS    Spread  `json:"ms"`
	CPUMS float64 `json:"cpu_ms"` // of the system, median
	SQL   string  `json:"sql"`
}

// Ingest is one way to load rows.
type Ingest struct {
	System  string `json:"system" col:"system" diff:"@"`
	Batch   int    `json:"batch" col:"batch" diff:"=batches of "`
	Rollups bool   `json:"rollups" col:"rollups" diff:"=rollups "`
	Fsync   bool   `json:"fsync" col:"fsync" diff:"=fsync "`
	Rows    int64  `json:"rows"`
	// RowsS of the turns; CPU of the system and of the client, microseconds a row.
	RowsS     Spread  `json:"rows_s" col:"rows/s" as:"n" diff:">rows/s"`
	CPU       float64 `json:"cpu_us_row" col:"CPU µs a row" as:"2"`
	ClientCPU float64 `json:"client_cpu_us_row" col:"client" as:"2"`
	BatchP50  float64 `json:"batch_p50_ms" col:"batch p50 ms"`
	BatchP99  float64 `json:"batch_p99_ms" col:"p99"`
	// Ratio is Freshet's rate divided by this one's, turn by turn, and its floor.
	Ratio Spread  `json:"ratio" col:"Freshet's rate by this"`
	Floor float64 `json:"floor,omitempty" col:"floor" as:"?g"`
	Void  string  `json:"void,omitempty"`
}

// Point is the point query of one system by one layout.
type Point struct {
	System string  `json:"system" col:"system" diff:"@"`
	SQL    string  `json:"sql"`
	P50    float64 `json:"p50_ms" col:"p50 ms" diff:"<p50 ms"`
	P90    float64 `json:"p90_ms" col:"p90"`
	P99    float64 `json:"p99_ms" col:"p99" diff:"<p99 ms"`
	// QPS by clients; 0 where the system takes one statement at a time.
	Clients int     `json:"clients" col:"clients" as:"?"`
	QPS     float64 `json:"qps" col:"a second" as:"?n" diff:">a second by clients"`
	P99All  float64 `json:"p99_clients_ms" col:"p99 of clients" as:"?"`
	Void    string  `json:"void,omitempty"`
}

// Storage is how many bytes an event takes.
type Storage struct {
	System string  `json:"system" col:"system" diff:"@"`
	Layout string  `json:"layout" col:"layout" diff:"="`
	Bytes  int64   `json:"bytes" col:"bytes"`
	PerRow float64 `json:"bytes_row" col:"per event" as:"1" diff:"<bytes an event"`
	Floor  float64 `json:"floor,omitempty" col:"at most" as:"?g"` // at most
}

// Fresh is how long rows take to be seen.
type Fresh struct {
	Rate     int64    `json:"rate" col:"events/s" diff:"=events/s "` // events a second that were due
	Seconds  float64  `json:"s"`
	Sent     int64    `json:"sent" col:"sent"`
	Errors   int64    `json:"errors" col:"errors"`
	Unsent   int64    `json:"unsent,omitempty" col:"unsent"` // batches that there was no time for
	AckP50   float64  `json:"ack_p50_ms" col:"acknowledged p50 ms"`
	AckP99   float64  `json:"ack_p99_ms" col:"p99" diff:"<acknowledged p99 ms"`
	AckMax   float64  `json:"ack_max_ms" col:"max"`
	Seen     []Lag    `json:"seen" diff:"#"`
	CPU      float64  `json:"cpu_cores" col:"server cores" as:"2" diff:"<server cores"` // of the server
	Client   float64  `json:"client_cores"`
	PeakRSS  int64    `json:"peak_rss_bytes" col:"RSS GiB" as:"GiB"`
	WrittenB float64  `json:"written_bytes_row" col:"bytes written a row" as:"0"`
	Floor    float64  `json:"floor_p99_ms,omitempty"`
	Samples  []Sample `json:"samples,omitempty"`
}

// Sample is what the server used in a stretch of a long run.
type Sample struct {
	At      float64 `json:"at_s"`
	RSS     int64   `json:"rss_bytes"`
	CPU     float64 `json:"cores"`
	Written int64   `json:"written_bytes"`
}

// Lag is the time from when rows were due to when a table shows them.
type Lag struct {
	Table  string  `json:"table" col:"seen in" diff:"=seen in "`
	P50    float64 `json:"p50_ms" col:"p50 ms"`
	P99    float64 `json:"p99_ms" col:"p99" diff:"<p99 ms"`
	Max    float64 `json:"max_ms" col:"max"`
	Probes int64   `json:"probes"`
	// From the acknowledgement, the time of asking included.
	AckP50 float64 `json:"acked_p50_ms"`
	AckP99 float64 `json:"acked_p99_ms" col:"p99 after acknowledged"`
}

// Mixed is a dashboard's questions beside ingest.
type Mixed struct {
	System  string  `json:"system" col:"system" diff:"@"`
	Rate    int64   `json:"rate" col:"events/s"`
	Share   float64 `json:"share" col:"of its most" as:"%"` // of the greatest rate
	Reached float64 `json:"reached" col:"reached" as:"n" diff:">reached events/s"`
	Queries int64   `json:"queries" col:"queries"`
	Errors  int64   `json:"errors" col:"errors"` // also what there was no time to send
	P50     float64 `json:"p50_ms" col:"p50 ms"`
	P99     float64 `json:"p99_ms" col:"p99" diff:"<p99 ms"`
	Max     float64 `json:"max_ms" col:"max"`
	// IngestP99 is of the batches, from when they were due.
	IngestP99 float64 `json:"ingest_p99_ms" col:"ingest p99 ms"`
}

// Sharded is what loading took with a number of shards.
type Sharded struct {
	Name    string  `json:"name" col:"shards" diff:"@"`
	Shards  int     `json:"shards"`
	LoadS   float64 `json:"load_s" col:"load s" as:"1"`
	RowsS   float64 `json:"rows_s" col:"rows/s" as:"n" diff:">rows/s"`
	ExpertS float64 `json:"expert_s" col:"rollups s" as:"1"`
	PerRow  float64 `json:"bytes_row" col:"bytes an event" as:"1" diff:"<bytes an event"` // of the table, merged, with dictionaries
	// LoadPeakRSS is before the first question, PeakRSS after all.
	LoadPeakRSS int64 `json:"load_peak_rss_bytes" col:"peak RSS after load, GiB" as:"GiB"`
	PeakRSS     int64 `json:"peak_rss_bytes" col:"at the end" as:"GiB" diff:"<peak RSS, GiB"`
}

// ShardAnswer is one question asked with one shard and with several. The ratios are
// the time of several by that of one, from the table and from rollups.
type ShardAnswer struct {
	Work  string          `json:"work" diff:"="`
	Name  string          `json:"name" diff:"="`
	Void  string          `json:"void,omitempty"`
	Times map[string]Time `json:"times,omitempty" diff:"~ms"`
	Plain Spread          `json:"plain"`
	Best  Spread          `json:"best"`
}

// Growth is a figure at one number of rows or clients. Comparisons know the first two fields by their places.
type Growth struct {
	Of    string  `json:"of" diff:"="` // with its unit
	By    string  `json:"by" diff:"=by "`
	At    float64 `json:"at" diff:"=at "`
	Value float64 `json:"value" diff:"?"`
}

// Write writes the report as JSON.
func (r *Report) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// Read reads the JSON of an earlier run.
func Read(in io.Reader) (*Report, error) {
	var r Report
	d := json.NewDecoder(in)
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("read a report: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read a report: there is something behind its end")
	}
	if r.Version != Version {
		return nil, fmt.Errorf("read a report: version %d, this program reads %d", r.Version, Version)
	}
	return &r, nil
}

// asked are the answers of a work.
func (r *Report) asked(work string) []*Answer {
	var list []*Answer
	for i := range r.Answers {
		if a := &r.Answers[i]; a.Work == work {
			list = append(list, a)
		}
	}
	return list
}

// works are the works that have answers, in order.
func (r *Report) works() []string {
	var list []string
	for _, a := range r.Answers {
		if !slices.Contains(list, a.Work) {
			list = append(list, a.Work)
		}
	}
	return list
}

// present are the contestants that a work has times of.
func (r *Report) present(work string) []string {
	var list []string
	for _, c := range Contestants() {
		for _, a := range r.asked(work) {
			if _, ok := a.Times[c]; ok {
				list = append(list, c)
				break
			}
		}
	}
	return list
}
