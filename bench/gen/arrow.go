package gen

import (
	"bytes"
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// ArrowEnd ends a stream of Arrow.
const ArrowEnd = "\xff\xff\xff\xff\x00\x00\x00\x00"

func arrowSchema() *arrow.Schema {
	fields := []arrow.Field{{Name: "ts", Type: &arrow.TimestampType{Unit: arrow.Second, TimeZone: "UTC"}}}
	for _, name := range []string{
		"content_id", "author_id", "user_id", "province", "city", "channel", "app_version", "os", "action",
	} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String})
	}
	return arrow.NewSchema(append(fields,
		arrow.Field{Name: "duration_ms", Type: arrow.PrimitiveTypes.Uint32},
		arrow.Field{Name: "amount", Type: &arrow.Decimal128Type{Precision: 12, Scale: 2}}), nil)
}

// Arrow makes a Block of ArrowStream: a batch for each block of rows, behind the
// schema when it begins with row 0. ArrowEnd follows the last one.
func (f *Feed) Arrow() (Block, error) {
	schema := arrowSchema()
	empty, err := arrowStream(schema, nil)
	if err != nil {
		return nil, err
	}
	header := bytes.TrimSuffix(empty, []byte(ArrowEnd))
	return func(dst []byte, from, to int64) []byte {
		var rows arrowRows
		for i := from; i < to; i++ {
			rows.add(f.At(i))
		}
		batch := rows.batch(schema)
		defer batch.Release()
		// It is written into memory: only a batch of another schema would fail.
		whole, err := arrowStream(schema, batch)
		if err != nil {
			panic(err)
		}
		body := whole[len(header) : len(whole)-len(ArrowEnd)]
		if from == 0 {
			dst = append(dst, header...)
		}
		return append(dst, body...)
	}, nil
}

func arrowStream(schema *arrow.Schema, batch arrow.RecordBatch) ([]byte, error) {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(schema))
	if batch != nil {
		if err := w.Write(batch); err != nil {
			return nil, fmt.Errorf("write a batch of arrow: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write arrow: %w", err)
	}
	return b.Bytes(), nil
}

// arrowRows is the columns of events as Arrow has them. Arrow's builders would link those
// of all types.
type arrowRows struct {
	times     []int64
	texts     [9]arrowTexts
	durations []uint32
	cents     [][2]uint64 // 128 bits, the low word first
}

// arrowTexts is a column of text: where each value ends, and all of them.
type arrowTexts struct {
	ends  []int32
	bytes []byte
}

func (r *arrowRows) add(e Event) {
	r.times = append(r.times, e.Unix)
	t := &r.texts
	t[0].bytes = appendContent(t[0].bytes, e.Content)
	t[1].bytes = appendAuthor(t[1].bytes, e.Author)
	t[2].bytes = appendUser(t[2].bytes, e.User)
	for i, s := range []string{provinces[e.Province], cities[e.City], channels[e.Channel], versions[e.Version], systems[e.OS], actions[e.Action]} {
		t[3+i].bytes = append(t[3+i].bytes, s...)
	}
	for i := range t {
		t[i].ends = append(t[i].ends, int32(len(t[i].bytes)))
	}
	r.durations = append(r.durations, uint32(e.DurationMS))
	r.cents = append(r.cents, [2]uint64{uint64(e.Cents), uint64(e.Cents >> 63)})
}

func (r *arrowRows) batch(schema *arrow.Schema) arrow.RecordBatch {
	n := len(r.times)
	var cols []arrow.Array
	put := func(raw ...[]byte) {
		buffers := []*memory.Buffer{nil} // no NULLs
		for _, b := range raw {
			buffers = append(buffers, memory.NewBufferBytes(b))
		}
		data := array.NewData(schema.Field(len(cols)).Type, n, buffers, nil, 0, 0)
		cols = append(cols, array.MakeFromData(data))
		data.Release()
	}
	put(memoryOf(r.times))
	for _, t := range r.texts {
		put(memoryOf(append([]int32{0}, t.ends...)), t.bytes)
	}
	put(memoryOf(r.durations))
	put(memoryOf(r.cents))
	batch := array.NewRecordBatch(schema, cols, int64(n))
	for _, c := range cols {
		c.Release()
	}
	return batch
}

// memoryOf is the memory of values; all supported machines are little-endian, as Arrow is.
func memoryOf[T any](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(values[0])))
}
