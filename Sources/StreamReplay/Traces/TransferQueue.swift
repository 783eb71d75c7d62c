/// What a trace records of a transfer.
enum TransferEvent {
    case request
    case header([UInt8])
    case data([UInt8])
    /// Nothing more is expected, although a redirect may follow.
    case end
}

/// Orders the records of several transfers: one transfer after another.
///
/// With `--parallel`, the records of several transfers alternate, and only `--trace-ids` distinguishes them. The queue
/// forwards the records of the first transfer as they arrive, and keeps those of the others until that transfer ends.
struct TransferQueue: ~Copyable {
    private struct Record {
        var event: TransferEvent
        var time: TraceTime?

        /// The memory cost in bytes.
        var cost: Int {
            switch event {
            case .header(let bytes), .data(let bytes): bytes.count + MemoryLayout<Record>.stride + 32
            case .request, .end: MemoryLayout<Record>.stride
            }
        }
    }

    private struct Transfer {
        var number: Int?
        var records: [Record] = []
    }

    /// The position in the transfers, and its transitions.
    private enum State {
        /// → `in`, by the next record.
        case between
        /// Forwards the records of this transfer. At its end, → `in` another one that waits, or else `between`.
        case `in`(Int?)
    }

    private var state = State.between
    /// The other transfers, in the order of their first records.
    private var waiting: [Transfer] = []
    private var waitingCost = 0
    private var assembler = ResponseAssembler()

    /// The maximum number of bytes to keep of waiting transfers.
    static let limit = 16 << 20
    /// The memory cost of a transfer without its records. It bounds the number of transfers, and so the time to find
    /// one.
    private static let transferCost = 16 << 10

    /// Whether data show dots in place of line breaks.
    var isLossy: Bool {
        get { assembler.isLossy }
        set { assembler.isLossy = newValue }
    }

    /// The number of bytes kept.
    var bufferedCount: Int { waitingCost + assembler.bufferedCount }

    /// Receives a record.
    ///
    /// - Parameter transfer: The number of the transfer, if the trace contains it.
    mutating func receive(
        _ event: TransferEvent,
        of transfer: Int?,
        at time: TraceTime?,
        _ sink: inout some ResponseSink & ~Copyable
    ) throws(CaptureError.Cause) {
        let record = Record(event: event, time: time)
        if case .in(let current) = state, current != transfer {
            try keep(record, of: transfer)
        } else {
            state = .in(transfer)
            pass(record, &sink)
            if case .end = event { endTransfer(&sink) }
        }
    }

    private mutating func keep(_ record: Record, of transfer: Int?) throws(CaptureError.Cause) {
        waitingCost += record.cost
        if let index = waiting.firstIndex(where: { $0.number == transfer }) {
            waiting[index].records.append(record)
        } else if case .end = record.event {
            // The end of a transfer that has already ended.
            waitingCost -= record.cost
        } else {
            waitingCost += Self.transferCost
            waiting.append(Transfer(number: transfer, records: [record]))
        }
        if waitingCost > Self.limit { throw .parallelTransfers(limit: Self.limit) }
    }

    private mutating func pass(_ record: Record, _ sink: inout some ResponseSink & ~Copyable) {
        switch record.event {
        case .request: assembler.receiveRequest(at: record.time)
        case .header(let bytes): assembler.receiveHeader(bytes, at: record.time, &sink)
        case .data(let bytes): assembler.receiveData(bytes, at: record.time, &sink)
        case .end: break
        }
    }

    /// Forwards the records of the waiting transfers, through the first one that has not ended.
    private mutating func endTransfer(_ sink: inout some ResponseSink & ~Copyable) {
        state = .between
        var count = 0
        for transfer in waiting {
            if case .in = state { break }
            count += 1
            waitingCost -= Self.transferCost
            for record in transfer.records {
                waitingCost -= record.cost
                pass(record, &sink)
            }
            if case .end? = transfer.records.last?.event { continue }
            state = .in(transfer.number)
        }
        waiting.removeFirst(count)
    }

    /// Ends the capture.
    mutating func finish(_ sink: inout some ResponseSink & ~Copyable) {
        while !waiting.isEmpty { endTransfer(&sink) }
        assembler.finish(&sink)
    }
}
