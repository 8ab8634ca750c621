// Package bitmap has exact sets of numbers: [Set] over dense numbers such as
// symbols (a short sorted list, then a hash table or a dense bitmap; roaring on disk), [HashSet] over
// hashes, and [Counted], whose members carry a signed count so that rows can be
// taken back, also before they came.
package bitmap
