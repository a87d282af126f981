package io.logitstream.producers.corpus.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.Corpora;
import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.WatchConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedFolderTest {
    @TempDir
    private Path folder;

    @Test
    void filesComeOnceAndTheEndAfterAllOfThem() throws IOException {
        write("b.txt", "a.txt", ".hidden.txt", WatchedFolder.END);

        try (WatchedFolder watched = open(null, null)) {
            watched.startAt(0);

            assertThat(names(watched)).containsExactly("a.txt", "b.txt");
        }
    }

    @Test
    void aRestartBeginsInTheFileOfTheLastShardAndNeedsNoEarlierOne() throws IOException {
        write("1.txt", "2.txt", "3.txt");
        try (WatchedFolder watched = open(null, null)) {
            watched.startAt(0);
            assertThat(watched.next().name()).isEqualTo("1.txt");
            watched.shards(4);
            assertThat(watched.next().name()).isEqualTo("2.txt");
            watched.shards(6);
            assertThat(watched.next().name()).isEqualTo("3.txt");
        }
        Files.delete(folder.resolve("1.txt"));
        write("0.txt", WatchedFolder.END);

        try (WatchedFolder watched = open(null, null)) {
            assertThat(watched.startAt(5)).isEqualTo(4);
            assertThat(names(watched)).containsExactly("2.txt", "3.txt", "0.txt");
        }
    }

    @Test
    void aLineThatACrashHasCutOffIsForgotten() throws IOException {
        write("1.txt", "2.txt", WatchedFolder.END);
        Files.writeString(folder.resolve(".logitstream-c.journal"), "0\t2.txt\n3\t1.t");

        try (WatchedFolder watched = open(null, null)) {
            watched.startAt(0);

            assertThat(names(watched)).containsExactly("2.txt", "1.txt");
        }
        assertThat(folder.resolve(".logitstream-c.journal")).hasContent("0\t2.txt\n0\t1.txt\n");
    }

    @Test
    void aFileThatStillGrowsIsWaitedFor() throws IOException, InterruptedException {
        write("1.txt");
        try (WatchedFolder watched =
                new WatchedFolder(config(new WatchConfig(0.8, null, null)), new CorpusProblems())) {
            watched.startAt(0);
            Thread grower = new Thread(() -> grow(3));
            grower.start();

            assertThat(watched.hasNext()).isTrue();
            assertThat(grower.isAlive()).isFalse();
        }
    }

    @Test
    void tokensComeWithTheirIndexAndAreNoFileOfTheirOwn() throws IOException {
        Files.createDirectories(folder.resolve("deep"));
        write("a.bin", "a.idx", "alone.bin", "deep/a.bin", "deep/a.idx", WatchedFolder.END);

        try (WatchedFolder watched = open(null, null)) {
            watched.startAt(0);

            assertThat(names(watched)).containsExactly("a.idx", "alone.bin", "deep/a.idx");
        }
    }

    @Test
    void tokensWhoseIndexIsLeftOutAreAFileOfTheirOwnAndSoCounted() throws IOException {
        write("a.bin", "a.idx", WatchedFolder.END);

        try (WatchedFolder watched = open(null, null, "*.bin")) {
            watched.startAt(0);

            assertThat(names(watched)).containsExactly("a.bin");
        }
    }

    @Test
    void partsShareTheFilesOut() throws IOException {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.add(i + ".txt");
        }
        write(all.toArray(String[]::new));

        List<String> shared = new ArrayList<>();
        for (int part = 1; part <= 3; part++) {
            int number = part;
            List<String> own =
                    all.stream().filter(new WatchConfig(null, number, 3)::takes).toList();
            assertThat(own).isNotEmpty();
            shared.addAll(own);
        }

        assertThat(shared).containsExactlyInAnyOrderElementsOf(all);
        assertThat(config(new WatchConfig(null, 2, 3)).name()).isEqualTo("c.2-of-3");
    }

    @Test
    void aSecondProducerOfTheSameCorpusIsRefused() throws IOException {
        try (WatchedFolder watched = open(null, null);
                WatchedFolder second = open(null, null)) {
            watched.startAt(0);

            assertThatThrownBy(() -> second.startAt(0))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("another producer watches");
        }
    }

    @Test
    void aLostJournalIsNamed() throws IOException {
        write("1.txt");
        try (WatchedFolder watched = open(null, null)) {
            assertThatThrownBy(() -> watched.startAt(3))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("has no journal");
        }
    }

    @Test
    void impossibleSettingsAreUsageErrors() {
        assertThatThrownBy(() -> new WatchConfig(-1.0, null, null)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> new WatchConfig(null, 3, 2)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> new WatchConfig(null, 1, null)).isInstanceOf(UsageException.class);
        WatchConfig watch = new WatchConfig(null, null, null);
        assertThatThrownBy(() -> new WatchedFolder(Corpora.watched(folder.resolve("no"), watch), new CorpusProblems()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("not a folder and cannot be watched");
    }

    private void grow(int times) {
        try {
            for (int i = 0; i < times; i++) {
                Thread.sleep(300);
                Files.writeString(folder.resolve("1.txt"), "longer".repeat(i + 2));
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private WatchedFolder open(Integer part, Integer parts, String... include) {
        return new WatchedFolder(config(new WatchConfig(0.0, part, parts), include), new CorpusProblems());
    }

    private CorpusConfig config(WatchConfig watch, String... include) {
        return Corpora.watched(folder, watch, include);
    }

    private void write(String... names) throws IOException {
        for (String name : names) {
            Files.writeString(folder.resolve(name), "text");
        }
    }

    private static List<String> names(WatchedFolder watched) {
        List<String> names = new ArrayList<>();
        watched.forEachRemaining(file -> names.add(file.name()));
        return names;
    }
}
