#if BSON
internal import CBSON

extension BSONReader {
    /// Where an element stands, and the document or array in it.
    private struct Place {
        var offset: Int
        var frame: Range<Int>?
    }

    /// Finds the element that a path leads to.
    ///
    /// - Returns: The element's offset, or `nil` when there is no such value.
    func locate(_ path: [Document.PathElement]) -> Int? {
        guard let root = try? checkedRoot() else { return nil }
        var place = Place(offset: 0, frame: root)
        // The same rule by which the reader unwraps the root.
        if find(.index(1), in: root) == nil, let wrapped = find(.member(""), in: root) { place = wrapped }
        for step in path {
            guard let frame = place.frame, let next = find(step, in: frame) else { return nil }
            place = next
        }
        return place.offset
    }

    /// Finds the last member with a name, or the element with an index.
    private func find(_ step: Document.PathElement, in frame: Range<Int>) -> Place? {
        var found: Place?
        var index = 0
        var start = 4
        var offset = start
        var element = unsafe cbson_element()
        while (unsafe try? readElement(at: &offset, of: frame, into: &element)) == true {
            let isFound =
                switch step {
                case .index(let wanted): index == wanted
                case .member(let name): (unsafe try? text(element.key, element.key_length)) == name
                }
            if isFound {
                let isContainer = unsafe element.type == BSON_TYPE_DOCUMENT || element.type == BSON_TYPE_ARRAY
                let inner = isContainer ? unsafe try? checkedFrame(element.bytes, element.length) : nil
                found = Place(offset: frame.lowerBound + start, frame: inner)
            }
            start = offset
            index += 1
        }
        return found
    }
}
#endif
