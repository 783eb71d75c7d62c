/// Puts results that arrive in any order back into the order of their numbers.
///
/// - Memory: at most ``window`` results, provided that no work begins on a number before ``mayBegin(_:)`` permits it.
package struct ReorderBuffer<Element> {
    /// The maximum distance between the number of a result and the first missing one.
    package let window: Int
    private var waiting: [Int: Element] = [:]
    /// The number of the first missing result.
    private var next = 0

    package init(window: Int) { self.window = max(1, window) }

    /// Whether work on the result with this number may begin. Always true for the first missing one.
    package func mayBegin(_ number: Int) -> Bool { number < next + window }

    /// Receives a result.
    package mutating func insert(_ element: Element, at number: Int) { waiting[number] = element }

    /// Removes and returns the next result in order, or `nil` if it is missing.
    package mutating func popNext() -> Element? {
        guard let element = waiting.removeValue(forKey: next) else { return nil }
        next += 1
        return element
    }

    /// Removes and returns all results in order, even if results before them are missing.
    package mutating func removeAll() -> [Element] {
        let rest = waiting.sorted { $0.key < $1.key }.map(\.value)
        waiting = [:]
        return rest
    }
}

extension ReorderBuffer: Sendable where Element: Sendable {}
