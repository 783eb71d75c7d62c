import CaptureCorpus
import Foundation

extension NaiveFrame {
    /// The data as Foundation reads it.
    private var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(data)) as? [String: Any]) ?? [:]
    }

    /// What the frame is: the `type` of its data, else its name.
    var type: String { object["type"] as? String ?? name }

    /// The index of the block that the frame is about.
    var index: Int? { object["index"] as? Int }
}
