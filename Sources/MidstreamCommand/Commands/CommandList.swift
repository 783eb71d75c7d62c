/// The commands of the program, in the order of the help.
enum CommandList {
    static let all: [any Subcommand.Type] = [
        ReplayCommand.self,
        EventsCommand.self,
        ScanCommand.self,
        DamageCommand.self,
        ServeCommand.self,
        ReportCommand.self,
        CompletionsCommand.self,
    ]
}
