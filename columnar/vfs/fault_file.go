package vfs

import "errors"

// faultFile is an open file of a Fault. Size and Stat are not asked about.
type faultFile struct {
	File

	fault *Fault
	name  string
}

func (f *faultFile) ask(kind OpKind, bytes int64) error {
	return f.fault.ask(Op{Kind: kind, Name: f.name, Bytes: bytes})
}

// Read implements io.Reader.
func (f *faultFile) Read(b []byte) (int, error) {
	if err := f.ask(OpRead, int64(len(b))); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

// ReadAt implements io.ReaderAt.
func (f *faultFile) ReadAt(b []byte, off int64) (int, error) {
	if err := f.ask(OpRead, int64(len(b))); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, off)
}

// Write implements io.Writer.
func (f *faultFile) Write(b []byte) (int, error) {
	return f.write(b, f.File.Write)
}

// WriteAt implements io.WriterAt.
func (f *faultFile) WriteAt(b []byte, off int64) (int, error) {
	return f.write(b, func(b []byte) (int, error) { return f.File.WriteAt(b, off) })
}

func (f *faultFile) write(b []byte, write func([]byte) (int, error)) (int, error) {
	err := f.ask(OpWrite, int64(len(b)))
	if err == nil {
		return write(b)
	}
	var short *ShortWriteError
	if !errors.As(err, &short) {
		return 0, err
	}
	n, writeErr := write(b[:min(max(short.N, 0), int64(len(b)))])
	return n, errors.Join(err, writeErr)
}

// Sync implements File.
func (f *faultFile) Sync() error {
	if err := f.ask(OpSync, 0); err != nil {
		return err
	}
	return f.File.Sync()
}

// Truncate implements File.
func (f *faultFile) Truncate(size int64) error {
	if err := f.ask(OpTruncate, size); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// Preallocate implements File.
func (f *faultFile) Preallocate(size int64) error {
	if err := f.ask(OpPreallocate, size); err != nil {
		return err
	}
	return f.File.Preallocate(size)
}

// Close implements io.Closer. A hook's error keeps the file open.
func (f *faultFile) Close() error {
	if err := f.ask(OpClose, 0); err != nil {
		return err
	}
	return f.File.Close()
}
