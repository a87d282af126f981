package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandardInputTest {
    @TempDir
    private Path folder;

    @Test
    void standardInputIsNotTwoCorpora() {
        for (List<String> command : List.of(List.of("distill"), List.of("explore", "defaults"))) {
            Path out = folder.resolve(command.get(0));
            List<String> line = new ArrayList<>(command);
            line.addAll(List.of("--out", out.toString(), "--set", "corpus.source=-", "--set", "heldOut.source=-"));

            CliCall call = CliCall.run(line.toArray(String[]::new));

            assertThat(call.code()).as(call.err()).isEqualTo(2);
            assertThat(call.err().lines())
                    .singleElement()
                    .asString()
                    .contains("corpus.source and heldOut.source are both - (standard input)");
            assertThat(out).doesNotExist();
        }
    }
}
