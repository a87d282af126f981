package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlierResultsTest {
    @TempDir
    private Path out;

    @BeforeEach
    void createRun() throws IOException {
        for (String name : List.of("pd", "lm")) {
            write("students/" + name + "/model.safetensors", name);
        }
        write("summary.json", "{\"students\": {\"pd\": {}, \"lm\": {}}}");
        write("report.html", "report");
    }

    @Test
    void changedStudentsAndTheTableArePutAsideAndOthersStay() throws IOException {
        assertThat(putAside("pd")).containsExactly("summary-1.json", "report-1.html", "students-1/pd");

        assertThat(out.resolve("students/lm/model.safetensors")).hasContent("lm");
        assertThat(out.resolve("students-1/pd/model.safetensors")).hasContent("pd");
        assertThat(out.resolve("students/pd")).doesNotExist();
        assertThat(out.resolve("summary-1.json")).content().contains("pd");

        write("students/pd/model.safetensors", "another");
        write("summary.json", "{\"students\": {\"pd\": {}, \"lm\": {}}}");
        assertThat(putAside("pd", "lm")).containsExactly("summary-2.json", "students-2/pd", "students-2/lm");
        assertThat(out.resolve("students-1/pd/model.safetensors")).hasContent("pd");
    }

    @Test
    void nothingIsMovedWhereNothingHasChanged() {
        assertThat(putAside()).isEmpty();
        assertThat(out.resolve("summary.json")).exists();
    }

    @Test
    void aTableOfOtherStudentsIsPutAside() {
        assertThat(new EarlierResults(out).putAside(List.of("pd", "lm", "jsd"), List.of()))
                .containsExactly("summary-1.json", "report-1.html");
        assertThat(out.resolve("students/pd")).exists();
    }

    private List<String> putAside(String... changed) {
        return new EarlierResults(out).putAside(List.of("pd", "lm"), List.of(changed));
    }

    private void write(String file, String text) throws IOException {
        Files.createDirectories(out.resolve(file).getParent());
        Files.writeString(out.resolve(file), text);
    }
}
