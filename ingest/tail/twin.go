package tail

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Files that begin alike are told apart by what a copy has that another log has
// not: all that was read of the generation, once the generation's own file is gone;
// and a name beside the generation's own file, while that is there. Constant lines
// leave no other evidence.

// twin is a known generation that a file repeats: the same first line, the same
// beginning where both can be read, and no sign that the file is another log. Of
// several it is the one that needs the file most.
func (f *Follower) twin(first uint64, file logFile, files []logFile) *generation {
	if f.isReplaced(file, files) {
		return nil
	}
	var best *generation
	var bestRank int
	for _, g := range f.known {
		if g.key.print != first {
			continue
		}
		if f.isCopy(g, file, files) {
			return g // as was found before
		}
		rank := f.rank(g, file, files)
		if rank > bestRank || rank != notCopy && rank == bestRank && g.offset > best.offset {
			best, bestRank = g, rank
		}
	}
	return best
}

// Ranks of a file as the copy of a generation with the same first line.
const (
	notCopy     = iota
	isPossible  // nothing speaks against it
	isUnread    // and the generation has no file to be read to its end
	isNamedLike // and it has the name that gzip gives
	isWhole     // it has as much text as was read
)

// rank tells how much a file looks like a copy of a generation with the same first
// line.
func (f *Follower) rank(g *generation, file logFile, files []logFile) int {
	own := f.own(g, files)
	switch {
	case own != nil && (isNameOfLog(file.path, own.path) || !f.alike(own.path, file.path)):
		return notCopy
	case own == nil && (!g.fits(file) || f.isSuccessor(g, file, files)):
		return notCopy
	case f.textSize(file) == g.offset:
		return isWhole
	case g.was != "" && file.path == g.was+gzipSuffix:
		return isNamedLike
	case own != nil || g.done:
		return isPossible
	}
	hasFile := slices.ContainsFunc(files, func(l logFile) bool {
		return l.path == g.path && f.isUnknown(l, g) && f.begins(g, l)
	})
	switch {
	case !hasFile:
		return isUnread
	case g.path == file.path || f.alike(g.path, file.path):
		return isPossible
	default:
		return notCopy
	}
}

// textSize is the length of a file's text. That of a gzipped one is what its end
// says, which is right unless it is being written or has 4 GiB.
func (f *Follower) textSize(file logFile) int64 {
	if !isGzip(file.path) {
		return file.info.Size
	}
	size, err := gzipSize(f.fs, file.path, file.info.Size)
	if err != nil {
		return -1
	}
	return size
}

// own is the file that a generation is the content of, under whatever name; nil
// when it is gone, was cut off, or its inode is another file's by now.
func (f *Follower) own(g *generation, files []logFile) *logFile {
	for i := range files {
		file := &files[i]
		if idOf(file.info) == g.id() && f.byInode(file.info) == g && !g.isCut(*file) && !f.isReused(g, *file) && f.begins(g, *file) {
			return file
		}
	}
	return nil
}

// isReused tells whether a file of a generation's inode is another by now: a gzipped
// file does not come of a plain one in place.
func (f *Follower) isReused(g *generation, file logFile) bool {
	return isGzip(file.path) && !isGzip(g.was) && (g.was != "" || f.textSize(file) != g.offset)
}

// begins tells whether a file begins with a generation's first line.
func (f *Follower) begins(g *generation, file logFile) bool {
	line, err := firstLine(f.fs, file.path)
	return err == nil && line != nil && fingerprint(line) == g.key.print
}

// isReplaced tells whether the log that began under a file's name, and had it at the
// look before, was renamed: the file is the next log, however it begins.
func (f *Follower) isReplaced(file logFile, files []logFile) bool {
	return slices.ContainsFunc(f.known, func(g *generation) bool {
		if g.born != file.path || g.was != file.path || g.id() == idOf(file.info) {
			return false
		}
		own := f.own(g, files)
		return own != nil && own.path != file.path
	})
}

// isSuccessor tells whether a file has the name of a log that was rotated: another
// file, with a longer name, may be what became of the generation.
func (f *Follower) isSuccessor(g *generation, file logFile, files []logFile) bool {
	return slices.ContainsFunc(files, func(l logFile) bool {
		return isNameOfLog(file.path, l.path) && g.fits(l) && f.isUnknown(l, g) && f.begins(g, l)
	})
}

// isUnknown tells whether a file is neither a generation's own nor found to be the
// copy of one other than g.
func (f *Follower) isUnknown(file logFile, g *generation) bool {
	return !slices.ContainsFunc(f.known, func(k *generation) bool {
		return k != g && k.hasCopy(file) || f.byInode(file.info) == k && !f.isReused(k, file)
	})
}

// isCopy tells whether a file was found to be a generation's copy before. One whose
// size has changed since the log is gone may have the inode of a copy that was deleted.
func (f *Follower) isCopy(g *generation, file logFile, files []logFile) bool {
	size, ok := g.copies[idOf(file.info)]
	return ok && (size == file.info.Size || f.own(g, files) != nil)
}

// noteCopy notes that a file repeats a generation, and no other.
func (f *Follower) noteCopy(g *generation, file logFile) {
	for _, k := range f.known {
		delete(k.copies, idOf(file.info))
	}
	g.copies[idOf(file.info)] = file.info.Size
}

// isNameOfLog tells whether a rotated log has its name from the other: app.log and
// app.log.1.
func isNameOfLog(log, rotated string) bool {
	return log != rotated && strings.HasPrefix(rotated, log)
}

// alike compares the beginnings of two files, as far as both go.
func (f *Follower) alike(a, b string) bool {
	x, err := prefix(f.fs, a, prefixBytes)
	if err != nil {
		return true // it is gone: the other one is all there is
	}
	y, err := prefix(f.fs, b, prefixBytes)
	if err != nil {
		return false
	}
	n := min(len(x), len(y))
	return bytes.Equal(x[:n], y[:n])
}

// adopt finds the files that finish generations which have lost theirs: the
// renamed file by its inode, else a copy or its gzip.
func (f *Follower) adopt(files []logFile) {
	lost := slices.DeleteFunc(slices.Clone(f.known), func(g *generation) bool { return g.named || g.text != nil || g.done })
	// The longest first: a file may have all that was read of several.
	slices.SortStableFunc(lost, func(a, b *generation) int { return cmp.Compare(b.offset, a.offset) })
	for _, g := range lost {
		if own := f.own(g, files); own != nil {
			g.path = own.path
			continue
		}
		best := notCopy
		var copied logFile
		for _, file := range files {
			if !f.isUnknown(file, g) || !f.begins(g, file) {
				continue
			}
			rank := f.rank(g, file, files)
			if f.isCopy(g, file, files) {
				rank = isWhole + 1
			}
			if rank > best {
				best, copied = rank, file
			}
		}
		if best != notCopy {
			g.path = copied.path
			f.noteCopy(g, copied)
		}
	}
}
