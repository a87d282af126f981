package io.logitstream.producers.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusFiles;
import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.files.ZipArchives;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data set folders of Hugging Face as they lie on disk. */
class DatasetFolderTest {
    @TempDir
    Path folder;

    private final CorpusProblems problems = new CorpusProblems();

    @Test
    void filesBesideTheDataArePassedOverAndNamed() throws IOException {
        write("README.md", "---\nlicense: odc-by\n---\n");
        write(".gitattributes", "*.parquet filter=lfs");
        write("dataset_info.json", "{}");
        write("assets/logo.png", "png");
        Files.createDirectories(folder.resolve("data"));
        Files.copy(ParquetTest.resource("pyarrow-zstd.parquet"), folder.resolve("data/train-00000-of-00001.parquet"));
        Files.copy(ParquetTest.resource("pyarrow-gzip.parquet"), folder.resolve("data/test-00000-of-00001.parquet"));

        assertThat(names(Corpora.config(folder)))
                .containsExactly("data/test-00000-of-00001.parquet", "data/train-00000-of-00001.parquet");
        assertThat(problems.notes())
                .containsExactly(
                        "passed over .gitattributes, README.md, assets/logo.png, dataset_info.json: not data of the data"
                                + " set; corpus.include reads chosen files",
                        "the splits test, train are all read; choose with corpus.include, for example"
                                + " [\"**/train-*\"]");
        assertThat(problems.skippedFiles()).isZero();

        assertThat(names(Corpora.config(folder, "**/train-*"))).containsExactly("data/train-00000-of-00001.parquet");
        assertThat(names(Corpora.config(folder.resolve("data/train-*"))))
                .containsExactly("train-00000-of-00001.parquet");
        assertThat(Corpora.documents(Corpora.open(Corpora.config(folder, "**/train-*"))))
                .isEqualTo(ParquetTest.texts());
    }

    @Test
    void packedJsonLinesWithMetadataAreADataSet() throws IOException {
        write("README.md", "words");
        write("dataset_infos.json", "{}");
        Corpora.write(folder.resolve("en/part-1.jsonl.zst"), Corpora.zstd("{\"text\": \"a\"}\n"));

        assertThat(Corpora.documents(Corpora.open(Corpora.config(folder)))).containsExactly("a");
    }

    @Test
    void dataWithTheNameOfADescriptionIsData() throws IOException {
        write("loader.py", "import datasets");
        write("USAGE.md", "words");
        write("notes/words.md", "words");
        Files.copy(ParquetTest.resource("pyarrow-zstd.parquet"), folder.resolve("citations-train.parquet"));
        Corpora.write(folder.resolve("license_texts.jsonl.zst"), Corpora.zstd("{\"text\": \"a\"}\n"));

        assertThat(names(Corpora.config(folder)))
                .containsExactly("citations-train.parquet", "license_texts.jsonl.zst", "notes/words.md");
        assertThat(problems.notes())
                .containsExactly(
                        "passed over USAGE.md, loader.py: not data of the data set; corpus.include reads chosen"
                                + " files");
    }

    /** What a clone without Git LFS has. */
    @ParameterizedTest
    @ValueSource(strings = {"train.parquet", "train.jsonl", "train.jsonl.zst", "train.txt.gz"})
    void aPointerInPlaceOfDataSaysHowToFetchIt(String name) {
        String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 2147483\n";
        write(name, pointer);
        write("page.html", pointer);
        write("words.txt", "words");
        String what = "a pointer of Git LFS in place of the file; fetch the file with git lfs pull";

        assertThatThrownBy(() -> Corpora.documents(Corpora.open(Corpora.config(folder))))
                .isInstanceOf(UsageException.class)
                .hasMessage(folder.resolve(name) + ": it is " + what + "; corpus.damaged=skip leaves such a file out");
        CorpusReader text = Corpora.open(Corpora.config(folder, "*.txt", "*.html"));
        assertThat(Corpora.documents(text)).containsExactly("words");
        assertThat(text.report().problems()).containsExactly("skipped page.html: " + what);
    }

    @Test
    void otherFoldersKeepAllFiles() throws IOException {
        write("README.md", "words");
        write("src/a.jsonl", "{\"text\": \"a\"}\n");
        write("LICENSE", "free");

        assertThat(names(Corpora.config(folder))).containsExactly("LICENSE", "README.md", "src/a.jsonl");
        assertThat(problems.notes()).isEmpty();
    }

    private List<String> names(CorpusConfig config) {
        return new CorpusFiles(config, new ZipArchives(), problems)
                .find(InputStream.nullInputStream()).stream()
                        .map(CorpusFile::name)
                        .toList();
    }

    private void write(String name, String text) {
        Corpora.write(folder.resolve(name), text);
    }
}
