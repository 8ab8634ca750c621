package format

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// arrowGuard stands between an input and arrow's reader, which believes the
// lengths in a message: a few bytes can make it allocate without end. The guard
// checks sizes and the shape of every message before it lets it pass. It also
// makes a stream of an Arrow file, which is one between a magic text and a
// footer.
type arrowGuard struct {
	r       io.Reader
	file    bool
	pending []byte // checked, to be handed on
	body    int64  // bytes of a body that follow
	ended   bool
}

// arrowMagic begins an Arrow file; two bytes of padding follow it.
const arrowMagic = "ARROW1"

// Read implements io.Reader.
func (g *arrowGuard) Read(p []byte) (int, error) {
	for {
		switch {
		case len(g.pending) > 0:
			n := copy(p, g.pending)
			g.pending = g.pending[n:]
			return n, nil
		case g.body > 0:
			n, err := g.r.Read(p[:min(int64(len(p)), g.body)])
			g.body -= int64(n)
			return n, err //nolint:wrapcheck // the guard is transparent
		case g.ended:
			return 0, io.EOF
		}
		if err := g.message(); err != nil {
			return 0, err
		}
	}
}

// message reads and checks the next message up to its body.
func (g *arrowGuard) message() error {
	if g.file {
		g.file = false
		var magic [len(arrowMagic) + 2]byte
		if _, err := io.ReadFull(g.r, magic[:]); err != nil || string(magic[:len(arrowMagic)]) != arrowMagic {
			return chcode.Errorf(chcode.IncorrectData, "Not an Arrow file: it does not begin with %s", arrowMagic)
		}
	}
	head := make([]byte, 4, 8)
	if _, err := io.ReadFull(g.r, head); err != nil {
		return err //nolint:wrapcheck // the end of the input between messages
	}
	if binary.LittleEndian.Uint32(head) == continuation {
		head = head[:8]
		if _, err := io.ReadFull(g.r, head[4:]); err != nil {
			return io.ErrUnexpectedEOF
		}
	}
	size := int64(binary.LittleEndian.Uint32(head[len(head)-4:]))
	if size == 0 {
		g.pending, g.ended = head, true
		return nil
	}
	if size < 8 || size > maxArrowMetadata {
		return chcode.Errorf(chcode.IncorrectData, "A message of Arrow has metadata of %d bytes", size)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(g.r, text); err != nil {
		return io.ErrUnexpectedEOF
	}
	body, err := checkMessage(text)
	if err != nil {
		return chcode.Errorf(chcode.IncorrectData, "Malformed message of Arrow: %w", err)
	}
	if body < 0 || body > maxArrowBytes {
		return chcode.Errorf(chcode.IncorrectData, "A message of Arrow has a body of %d bytes", body)
	}
	g.pending, g.body = slices.Concat(head, text), body
	return nil
}

// continuation begins a message, before its length.
const continuation = 0xFFFFFFFF

// flatTable is a table of a flatbuffer: its fields are found through a table of
// offsets, which are checked before they are followed.
type flatTable struct {
	buf    []byte
	pos    int
	fields []byte // u16 offsets from pos; 0: absent
	size   int
}

// flatBudget bounds how many tables of a message are looked at: tables may be
// shared, so a small message can spell a tree without end.
type flatBudget struct{ tables int }

func openTable(buf []byte, pos int) (flatTable, error) {
	if pos < 0 || pos+4 > len(buf) {
		return flatTable{}, fmt.Errorf("table at %d lies outside of %d bytes", pos, len(buf))
	}
	vt := pos - int(int32(binary.LittleEndian.Uint32(buf[pos:])))
	if vt < 0 || vt+4 > len(buf) {
		return flatTable{}, fmt.Errorf("offsets at %d lie outside of %d bytes", vt, len(buf))
	}
	fields, size := int(binary.LittleEndian.Uint16(buf[vt:])), int(binary.LittleEndian.Uint16(buf[vt+2:]))
	if fields < 4 || fields%2 != 0 || vt+fields > len(buf) || size < 4 || pos+size > len(buf) {
		return flatTable{}, fmt.Errorf("table at %d is cut short", pos)
	}
	return flatTable{buf: buf, pos: pos, fields: buf[vt+4 : vt+fields], size: size}, nil
}

// field is the place of a field of width bytes; ok is false when it is absent.
func (t flatTable) field(i, width int) (pos int, ok bool, err error) {
	if 2*i+2 > len(t.fields) {
		return 0, false, nil
	}
	off := int(binary.LittleEndian.Uint16(t.fields[2*i:]))
	if off == 0 {
		return 0, false, nil
	}
	if off+width > t.size {
		return 0, false, fmt.Errorf("field %d of the table at %d lies outside of it", i, t.pos)
	}
	return t.pos + off, true, nil
}

// ref is the place that a field of offsets points to.
func (t flatTable) ref(i int) (pos int, ok bool, err error) {
	at, ok, err := t.field(i, 4)
	if err != nil || !ok {
		return 0, false, err
	}
	return at + int(binary.LittleEndian.Uint32(t.buf[at:])), true, nil
}

// vector is the place and length of a vector of elements of width bytes.
func (t flatTable) vector(i, width int) (pos, n int, err error) {
	at, ok, err := t.ref(i)
	if err != nil || !ok {
		return 0, 0, err
	}
	if at+4 > len(t.buf) {
		return 0, 0, fmt.Errorf("vector at %d lies outside of %d bytes", at, len(t.buf))
	}
	n = int(binary.LittleEndian.Uint32(t.buf[at:]))
	if n > (len(t.buf)-at-4)/width {
		return 0, 0, fmt.Errorf("vector of %d elements is cut short", n)
	}
	return at + 4, n, nil
}

// table opens the table that field i refers to and calls check on it.
func (t flatTable) table(i int, check func(flatTable) error) error {
	at, ok, err := t.ref(i)
	if err != nil || !ok {
		return err
	}
	inner, err := openTable(t.buf, at)
	if err != nil {
		return err
	}
	return check(inner)
}

// tables calls check on each table of a vector.
func (t flatTable) tables(i int, b *flatBudget, check func(flatTable) error) error {
	pos, n, err := t.vector(i, 4)
	if err != nil {
		return err
	}
	if b.tables -= n; b.tables < 0 {
		return fmt.Errorf("more than %d tables", maxArrowTables)
	}
	for k := range n {
		at := pos + 4*k
		inner, err := openTable(t.buf, at+int(binary.LittleEndian.Uint32(t.buf[at:])))
		if err != nil {
			return err
		}
		if err := check(inner); err != nil {
			return err
		}
	}
	return nil
}

// vectors checks the vectors of several fields; widths are by field.
func (t flatTable) vectors(widths map[int]int) error {
	for i, w := range widths {
		if _, _, err := t.vector(i, w); err != nil {
			return err
		}
	}
	return nil
}

// Kinds of messages and of types, and places of fields, of Arrow's Message.fbs
// and Schema.fbs.
const (
	messageSchema     = 1
	messageDictionary = 2
	messageRecord     = 3

	typeTimestamp = 10
	typeUnion     = 14
)

// checkMessage checks a message and returns the length of its body.
func checkMessage(text []byte) (body int64, err error) {
	m, err := openTable(text, int(binary.LittleEndian.Uint32(text)))
	if err != nil {
		return 0, err
	}
	budget := &flatBudget{tables: maxArrowTables}
	if at, ok, err := m.field(3, 8); err != nil {
		return 0, err
	} else if ok {
		body = int64(binary.LittleEndian.Uint64(text[at:]))
	}
	var kind byte
	if at, ok, err := m.field(1, 1); err != nil {
		return 0, err
	} else if ok {
		kind = text[at]
	}
	if err := m.tables(4, budget, checkKeyValue); err != nil {
		return 0, err
	}
	switch kind {
	case messageSchema:
		err = m.table(2, func(t flatTable) error { return checkSchema(t, budget) })
	case messageDictionary:
		err = m.table(2, func(t flatTable) error {
			return t.table(1, func(r flatTable) error { return checkRecord(r, body) })
		})
	case messageRecord:
		err = m.table(2, func(r flatTable) error { return checkRecord(r, body) })
	default:
		err = fmt.Errorf("kind %d is not known", kind)
	}
	return body, err
}

func checkKeyValue(t flatTable) error { return t.vectors(map[int]int{0: 1, 1: 1}) }

func checkSchema(t flatTable, b *flatBudget) error {
	if err := t.vectors(map[int]int{3: 8}); err != nil {
		return err
	}
	if err := t.tables(2, b, checkKeyValue); err != nil {
		return err
	}
	return t.tables(1, b, func(f flatTable) error { return checkField(f, b, 0) })
}

func checkField(t flatTable, b *flatBudget, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("fields are nested deeper than %d levels", maxNesting)
	}
	if err := t.vectors(map[int]int{0: 1}); err != nil {
		return err
	}
	var kind byte
	if at, ok, err := t.field(2, 1); err != nil {
		return err
	} else if ok {
		kind = t.buf[at]
	}
	err := t.table(3, func(typ flatTable) error {
		switch kind {
		case typeTimestamp:
			return typ.vectors(map[int]int{1: 1})
		case typeUnion:
			return typ.vectors(map[int]int{1: 4})
		default:
			return nil
		}
	})
	if err != nil {
		return err
	}
	if err := t.table(4, func(d flatTable) error { return d.table(1, func(flatTable) error { return nil }) }); err != nil {
		return err
	}
	if err := t.tables(6, b, checkKeyValue); err != nil {
		return err
	}
	return t.tables(5, b, func(f flatTable) error { return checkField(f, b, depth+1) })
}

// checkRecord checks a record batch, also that its rows are not many more than
// its body can hold: columns of nulls need none of it.
func checkRecord(t flatTable, body int64) error {
	if at, ok, err := t.field(0, 8); err != nil {
		return err
	} else if ok {
		rows := int64(binary.LittleEndian.Uint64(t.buf[at:]))
		if rows < 0 || rows > maxArrowBytes || rows > maxArrowFreeRows+body*maxArrowRatio {
			return fmt.Errorf("a record batch of %d rows has a body of %d bytes", rows, body)
		}
	}
	if err := t.vectors(map[int]int{1: 16, 2: 16, 4: 8}); err != nil {
		return err
	}
	return t.table(3, func(flatTable) error { return nil })
}
