package format

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Column is a column that a reader fills.
type Column struct {
	Name string
	Type types.Type
	// HasDefault says that the column has a DEFAULT expression: a row without
	// the field is reported in [Rows.Missing], for the caller to compute it.
	// The builder then holds the type's default in its place.
	HasDefault bool
}

// ReadOptions say how input is read. The zero value is ClickHouse 26.7's
// defaults, with UTC as the zone of types that name none.
type ReadOptions struct {
	// Zone is the zone of DateTime and DateTime64 without one of their own.
	Zone *types.Zone
	// AllowErrorsNum and AllowErrorsRatio are input_format_allow_errors_num and
	// _ratio: malformed rows within either bound are dropped and counted.
	AllowErrorsNum   int64
	AllowErrorsRatio float64
	// RefuseUnknownFields is input_format_skip_unknown_fields=0.
	RefuseUnknownFields bool
	// KeepNulls is input_format_null_as_default=0: NULL for a column that is
	// not Nullable is refused instead of becoming the column's default.
	KeepNulls bool
	// BasicDateTime is date_time_input_format='basic'; best_effort otherwise.
	BasicDateTime bool
	// Now is the time in Unix seconds from which best_effort takes the year of a
	// date that has none.
	Now int64
	// NoHeaderDetection is input_format_csv_detect_header=0 and its siblings:
	// CSV and TSV take a first row of column names as data.
	NoHeaderDetection bool
	// AllowInvalidUTF8 takes strings of JSON formats that are not UTF-8.
	AllowInvalidUTF8 bool
	// CSVDelimiter separates fields of CSV; a comma when it is zero.
	CSVDelimiter byte

	// MaxRowBytes bounds one row; 16 MiB when it is zero.
	MaxRowBytes int
	// EvalExpr evaluates an SQL expression at the beginning of text, in a row
	// of the Values format, and says how many bytes it took. The vector has
	// one row of type t. Without it only literals are read.
	EvalExpr func(text []byte, t types.Type) (v *batch.Vector, n int, err error)
}

func (o *ReadOptions) setDefaults() {
	if o.Zone == nil {
		o.Zone = types.UTC
	}
	if o.MaxRowBytes <= 0 {
		o.MaxRowBytes = defaultMaxRowBytes
	}
	o.MaxRowBytes = min(o.MaxRowBytes, maxBatchBytes)
	if o.CSVDelimiter == 0 {
		o.CSVDelimiter = ','
	}
}

// Rows is what a reader hands on.
type Rows struct {
	*batch.Batch
	// Missing is, per column, which rows had no value for it; nil for a column
	// that every row had. Only columns with HasDefault are reported.
	Missing [][]bool
	// FirstRow is the number (from 1) of the first row in its input. Rows that
	// were skipped are counted, so numbers of later rows of the batch may be
	// larger than their place suggests.
	FirstRow int64
	// Skipped is how many malformed rows were dropped since the batch before.
	Skipped int64
}

// DateTimeFormat is date_time_output_format.
type DateTimeFormat uint8

// The ways to print times.
const (
	DateTimeSimple    DateTimeFormat = iota // 2024-01-02 03:04:05
	DateTimeISO                             // 2024-01-02T02:04:05Z
	DateTimeTimestamp                       // 1704164645
)

// ArrowCompression is how buffers of Arrow are compressed.
type ArrowCompression uint8

// The compressions of Arrow.
const (
	ArrowLZ4 ArrowCompression = iota // lz4_frame, ClickHouse's default
	ArrowZSTD
	ArrowPlain
)

// WriteOptions say how output is written. The zero value is ClickHouse 26.7's
// defaults for output that does not go to a terminal.
type WriteOptions struct {
	// Zone is the zone of DateTime and DateTime64 without one of their own.
	Zone *types.Zone
	// DateTime is date_time_output_format.
	DateTime DateTimeFormat
	// Quote64BitIntegers is output_format_json_quote_64bit_integers.
	Quote64BitIntegers bool
	// QuoteDenormals is output_format_json_quote_denormals: nan and inf as
	// strings instead of null.
	QuoteDenormals bool
	// QuoteDecimals and QuoteFloats are output_format_json_quote_decimals and
	// output_format_json_quote_64bit_floats.
	QuoteDecimals bool
	QuoteFloats   bool
	// ArrayOfRows is output_format_json_array_of_rows, for JSONEachRow.
	ArrayOfRows bool
	// NoStatistics is output_format_write_statistics=0.
	NoStatistics bool
	// CSVDelimiter separates fields of CSV; a comma when it is zero.
	CSVDelimiter byte
	// CRLF ends lines of CSV and TSV with \r\n.
	CRLF bool
	// ArrowCompression is output_format_arrow_compression_method.
	ArrowCompression ArrowCompression
	// NativeRevision is the protocol revision that Native is printed for:
	// client_protocol_version over HTTP, 0 when the client named none.
	NativeRevision int

	// Pretty holds output_format_pretty_*.
	Pretty PrettyOptions
}

// PrettyOptions are ClickHouse's output_format_pretty_* settings. Zero values
// are its defaults; Off… fields turn off what is on by default.
type PrettyOptions struct {
	MaxRows       int  // output_format_pretty_max_rows; 1000 when zero
	MaxValueWidth int  // output_format_pretty_max_value_width; 10000 when zero
	MaxPadWidth   int  // output_format_pretty_max_column_pad_width; 250 when zero
	Color         bool // escape sequences, for a terminal
	ASCII         bool // output_format_pretty_grid_charset='ASCII'
	OffRowNumbers bool // output_format_pretty_row_numbers=0
	TipFrom       int  // output_format_pretty_single_large_number_tip_threshold; a million when zero, never when negative
}

func (o *WriteOptions) setDefaults() {
	if o.Zone == nil {
		o.Zone = types.UTC
	}
	if o.CSVDelimiter == 0 {
		o.CSVDelimiter = ','
	}
	p := &o.Pretty
	if p.MaxRows <= 0 {
		p.MaxRows = defaultPrettyRows
	}
	p.MaxRows = min(p.MaxRows, maxPrettyRows)
	if p.MaxValueWidth <= 0 {
		p.MaxValueWidth = defaultPrettyValueWidth
	}
	if p.TipFrom == 0 {
		p.TipFrom = tipFrom
	}
	if p.MaxPadWidth <= 0 {
		p.MaxPadWidth = defaultPrettyPadWidth
	}
}
