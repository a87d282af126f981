package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadingNoticeTest {
    @TempDir
    private Path folder;

    private final List<Runnable> later = new ArrayList<>();
    private final List<String> printed = new ArrayList<>();
    private final LoadingNotice notice = new LoadingNotice(later::add, printed::add);

    @Test
    void aLargeTeacherThatIsStillBeingLoadedIsNamedOnceWithItsSize() throws IOException {
        String teacher = teacher(5_200_000_000L);

        String loaded = notice.during(teacher, () -> {
            assertThat(printed).isEmpty();
            passTime();
            return "loaded";
        });

        assertThat(loaded).isEqualTo("loaded");
        assertThat(printed).containsExactly("loading the teacher " + teacher + " (5.2 GB)");
    }

    @Test
    void theSizeIsThatOfAllShardsOrOfATorchScriptFile() throws IOException {
        write("a.safetensors", 3_000_000_000L);
        write("b.safetensors", 4_000_000_000L);
        write("unused.safetensors", 1_000_000_000L);
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\",\"z\":\"a.safetensors\"}}");
        String script = write("teacher.pt", 2_500_000_000L).toString();

        load(folder.toString());
        load(script);

        assertThat(printed)
                .containsExactly(
                        "loading the teacher " + folder + " (7.0 GB)", "loading the teacher " + script + " (2.5 GB)");
    }

    @Test
    void aTeacherThatIsLoadedSoonHasNoLine() throws IOException {
        notice.during(teacher(5_200_000_000L), () -> "loaded");
        passTime();

        assertThat(printed).isEmpty();
    }

    @Test
    void aRefusalThatComesSoonIsTheOnlyLine() throws IOException {
        String teacher = teacher(5_200_000_000L);

        assertThatThrownBy(() -> notice.during(teacher, () -> {
                    throw new UsageException("refused");
                }))
                .hasMessage("refused");
        passTime();

        assertThat(printed).isEmpty();
    }

    @Test
    void aSmallTeacherAndOneWithoutWeightsHaveNoLineHoweverLongTheyTake() throws IOException {
        load(teacher(999_999_999L));
        Files.delete(folder.resolve("model.safetensors"));
        load(folder.toString());
        load(folder.resolve("missing").toString());

        assertThat(printed).isEmpty();
    }

    private void load(String teacher) {
        notice.during(teacher, () -> {
            passTime();
            return null;
        });
    }

    private void passTime() {
        assertThat(later).isNotEmpty();
        later.forEach(Runnable::run);
        later.clear();
    }

    private String teacher(long bytes) throws IOException {
        write("model.safetensors", bytes);
        return folder.toString();
    }

    // Sparse: it takes no space.
    private Path write(String name, long bytes) throws IOException {
        Path file = folder.resolve(name);
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(bytes);
        }
        return file;
    }
}
