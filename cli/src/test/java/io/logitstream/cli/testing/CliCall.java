package io.logitstream.cli.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.Logitstream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A call of the command line in this process.
 *
 * @param code exit code
 * @param out standard output
 * @param err standard error
 */
public record CliCall(int code, String out, String err) {
    /** Lines of standard error without the command's own messages, progress lines and files left out of a corpus. */
    private static final Pattern PROGRESS = Pattern.compile(
            "(?!logitstream: )(starting a broker and a schema registry.*"
                    + "|published [\\d,]+ .*|teacher (waits for tokens|computes its first batches.*|[\\d,]+ tokens.*|\\d+%, .*|complete.*)|(evaluated|read|measured|archived|restored|checked) [\\d,]+ .*"
                    + "|.*\\[WARN\\] (skipped|left out) .*|read \\d+% of the corpus|.*: .* tokens|.*continues at token .*|.* (starts|waiting for records).*)");

    public static CliCall run(String... arguments) {
        return run("", arguments);
    }

    /** Runs a command with a text as standard input. */
    public static synchronized CliCall run(String input, String[] arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        InputStream in = System.in;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            int code = Logitstream.execute(arguments);
            return new CliCall(code, printed.toString(StandardCharsets.UTF_8), told.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
            System.setIn(in);
        }
    }

    public CliCall requireSuccess() {
        assertThat(code).as(err).isZero();
        return this;
    }

    /** Requires an exit code and, besides progress, a single line on standard error that contains all parts. */
    public void requireFailure(int expected, String... parts) {
        requireFailure(code, err, expected, parts);
        assertThat(out).as("standard output").isEmpty();
    }

    public static void requireFailure(int code, String err, int expected, String... parts) {
        List<String> lines =
                err.lines().filter(line -> !PROGRESS.matcher(line).matches()).toList();
        assertThat(lines).as("lines on standard error:%n%s", err).hasSize(1);
        assertThat(lines.get(0)).startsWith("logitstream: ").contains(parts);
        assertThat(code).as(err).isEqualTo(expected);
    }
}
