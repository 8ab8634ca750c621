// Package tail follows log files that grow and rotate, and gives their lines as
// rows with the position they came from, so that no line is lost or doubled.
//
// # Which file is which
//
// What is followed is a generation: the content of a file from its first line
// on. Its key is device:inode:generation:fingerprint, where the fingerprint is
// the hash of the first line; its position is the offset behind the last line
// that was stored. Only whole lines are read.
//
//   - Rename: the open file is read to its end; the new file of the name is
//     another inode and so another generation.
//   - Copy-truncate: the file is shorter than its position. Lines written between
//     the last look and the truncation are in the copy: a sibling file with the
//     same beginning, from which the old generation is finished. Then the file
//     begins its next generation.
//   - Gzip of the old: when a generation's file is gone before its end was read,
//     a sibling, plain or .gz, with the same first line finishes it.
//
// A sibling is a file of the folder whose name begins like that of a file that
// the pattern matches (access.log, access.log.1, access.log.2.gz). A file that
// the pattern matches but that has the beginning of a known generation is its
// copy and is not read again.
//
// # Logs that begin alike
//
// Where lines have no timestamp a new log may be a beginning of the rotated one. A
// file of another inode is then a copy only if nothing speaks for a new log
// (twin.go): the log that had its name was renamed; its name is the beginning of
// that of the rotated one; or the generation's file is gone and the file is shorter
// than what was read of it. Among several generations the one with as much text as
// the file wins. What stays undecided is a log that was truncated, or rotated away
// while the node was down, and by the next look has outgrown the old one with the
// same bytes: it counts as the old one that has grown.
//
// # After a restart
//
// The positions come from the shards. A generation is found again by device and
// inode when its first line is the same, else by its first line among the
// siblings, and by size and name as above.
package tail
