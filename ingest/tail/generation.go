package tail

import (
	"bytes"
	"time"

	"github.com/freshetdb/freshet/columnar/vfs"
)

// generation is one file's content while it is followed.
type generation struct {
	key    key
	path   string           // where it was last seen
	born   string           // where it was found; "" when it was before the follower began
	was    string           // the path at the look before
	copies map[fileID]int64 // files that repeat it, with their sizes when last looked at
	offset int64            // behind the last line stored
	text   *content
	rest   []byte    // read, behind offset: the beginning of a line
	isGone bool      // no file has its inode
	named  bool      // a file of the pattern has its inode
	quiet  int       // looks without growth since it lost its name
	done   bool      // read to its end, nothing more will come
	gone   time.Time // since when no file has its beginning; zero while one has
}

// fileID tells a file from others, whatever its name is.
type fileID struct{ device, inode uint64 }

func idOf(info vfs.FileInfo) fileID { return fileID{info.Device, info.Inode} }

func newGeneration(k key, path string) *generation {
	return &generation{key: k, path: path, born: path, named: path != "", copies: map[fileID]int64{}}
}

func (g *generation) id() fileID { return fileID{g.key.device, g.key.inode} }

// hasCopy tells whether a file was found to repeat the generation.
func (g *generation) hasCopy(file logFile) bool {
	_, ok := g.copies[idOf(file.info)]
	return ok
}

// isCut tells whether a file, of the generation's inode, was truncated.
func (g *generation) isCut(file logFile) bool { return !g.fits(file) }

// fits tells whether a file may have all that was read of the generation.
func (g *generation) fits(file logFile) bool {
	return isGzip(file.path) || file.info.Size >= g.offset
}

// lines reads whole lines, about batchBytes of them, and gives them with the
// offset of each.
func (g *generation) lines(fsys vfs.FS) (lines [][]byte, at []uint64, err error) {
	if g.text == nil {
		if g.text, err = openContent(fsys, g.path, g.offset); err != nil {
			return nil, nil, err
		}
		g.rest = nil
	}
	buf := make([]byte, len(g.rest)+batchBytes)
	copy(buf, g.rest)
	n, err := g.text.read(buf[len(g.rest):])
	if err != nil {
		return nil, nil, err
	}
	buf = buf[:len(g.rest)+n]
	pos := g.offset
	for {
		end := bytes.IndexByte(buf, '\n')
		if end < 0 {
			break
		}
		lines, at = append(lines, buf[:end]), append(at, uint64(pos))
		pos += int64(end + 1)
		buf = buf[end+1:]
	}
	if len(buf) > lineMax { // no end in sight: give it as one line, which is malformed
		lines, at = append(lines, buf[:lineMax-1]), append(at, uint64(pos))
		buf = buf[lineMax:]
	}
	g.rest = append([]byte(nil), buf...)
	return lines, at, nil
}

// stored moves the position behind lines that are safe.
func (g *generation) stored(next int64) { g.offset = next }

// rewind forgets what was read behind the position, after a failure to store it.
func (g *generation) rewind() error {
	g.rest = nil
	return g.close()
}

func (g *generation) close() error {
	if g.text == nil {
		return nil
	}
	err := g.text.close()
	g.text = nil
	return err
}
