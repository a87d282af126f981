package io.logitstream.producers.corpus;

import static org.assertj.core.api.Assertions.assertThat;

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
