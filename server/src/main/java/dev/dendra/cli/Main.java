// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.io.PrintWriter;
import picocli.CommandLine;

/** Entry point: puts the command line together and runs it. */
public final class Main {
    private Main() {}

    /** Runs a command and exits with its code: 0 success, 1 failure, 2 wrong usage, 130 interrupted. */
    public static void main(String[] arguments) {
        LoggingSetup.install();
        System.exit(run(Console.ofProcess(), arguments));
    }

    /** Runs a command. */
    static int run(Console console, String... arguments) {
        try {
            return commandLine(console).execute(arguments);
        } catch (OutOfMemoryError e) {
            // Nearly always off-heap: a KV cache or weights larger than the machine.
            console.err().println("dendra: out of memory: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        } finally {
            console.out().flush();
        }
    }

    static CommandLine commandLine(Console console) {
        DendraCommand root = new DendraCommand();
        CommandLine commandLine = new CommandLine(root)
                .addSubcommand(new ServeCommand(console))
                .addSubcommand(new CompleteCommand(console))
                .addSubcommand(new ChatCommand(console))
                .addSubcommand(new BenchCommand(console))
                .addSubcommand(new EvalCommand(console))
                .addSubcommand(new ConvertCommand(console))
                .addSubcommand(new SparsifyCommand(console))
                .addSubcommand(new InspectCommand(console))
                .addSubcommand(new DoctorCommand(console))
                .addSubcommand(new FetchCommand(console))
                .addSubcommand(new ModelsCommand(console))
                .addSubcommand(new KeyCommand(console))
                .addSubcommand(new TestCommand());
        commandLine.setExecutionExceptionHandler(new FailureReporter(console, root));
        commandLine.setOut(console.out());
        commandLine.setErr(new PrintWriter(console.err(), true, console.err().charset()));
        return commandLine;
    }
}
