package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class StandardInputTest {
    @TempDir
    private Path folder;

    @Test
    void standardInputIsNotTwoCorpora() {
        requireRefused("-", "- (standard input)");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no named pipes in folders")
    void aPipeIsNotTwoCorpora() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        requireRefused(pipe.toString(), pipe + ", which can be read only once");
    }

    private void requireRefused(String source, String shown) {
        for (List<String> command : List.of(List.of("distill"), List.of("explore", "defaults"))) {
            Path out = folder.resolve(command.get(0));
            List<String> line = new ArrayList<>(command);
            line.addAll(List.of("--out", out.toString()));
            line.addAll(List.of("--set", "corpus.source=" + source, "--set", "heldOut.source=" + source));

            CliCall call = CliCall.run(line.toArray(String[]::new));

            assertThat(call.code()).as(call.err()).isEqualTo(2);
            assertThat(call.err().lines())
                    .singleElement()
                    .asString()
                    .contains("corpus.source and heldOut.source are both " + shown);
            assertThat(out).doesNotExist();
        }
    }
}
