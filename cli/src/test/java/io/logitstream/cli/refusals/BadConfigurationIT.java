package io.logitstream.cli.refusals;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid command lines and configurations: exit code 2 and one line that names the cause. */
class BadConfigurationIT {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "training.lerningRate=1         | unknown configuration key training.lerningRate",
                "nothing.at.all=1               | unknown configuration key nothing",
                "training.seed=abc              | training.seed",
                "training=5                     | training",
                "corpus.include={a: 1}          | corpus.include",
                "training.seed=[1               | --set training.seed=[1",
                "training.seed                  | --set training.seed: expected key=value",
                "=1                             | --set =1: expected key=value",
                ".=1                            | --set .=1: expected key=value",
                "loss.alpha=1.5                 | loss.alpha 1.5 is not in [0, 1]",
                "loss.temperature=0             | loss.temperature 0.0 is not in (0, 1000]",
                "training.tokens=0              | training.tokens 0 is not positive",
                "training.schedule=linear       | linear",
                "student.heads=5                | student.heads 5",
                "corpus=null                    | corpus is null",
                "selection.topP=0               | selection.topP 0.0 is not in (0, 1]",
                "teach.threads=0                | teach.threads 0 is not positive",
                "compute.threads=0              | compute.threads 0 is not positive",
                "corpus.rows=0                  | rows is 0",
                "corpus.contextLength=-1        | contextLength is -1",
                "corpus.format=orc              | orc",
                "cluster.brokerPort=70000       | brokerPort"
            })
    void aSettingThatCannotBeIsNamed(String setting, String expected) {
        CliCall call = CliCall.run("distill", "--set", setting, "--out", out());

        call.requireFailure(2, expected);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aSettingWithoutValueIsItsDefault() {
        CliCall call = CliCall.run("inspect", "--set", "training.seed=");

        call.requireFailure(2, "no cluster is given");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "training: {lerningRate: 1}     | unknown configuration key training.lerningRate",
                "training: {seed: [}            | run.yaml",
                "training: {seed: 1, seed: 2}   | run.yaml",
                "- a list                       | run.yaml: not a YAML map",
                "just words                     | run.yaml: not a YAML map"
            })
    void aFileThatCannotBeIsNamed(String yaml, String expected) throws IOException {
        Path file = Files.writeString(folder.resolve("run.yaml"), yaml);

        CliCall call = CliCall.run("distill", "--config", file.toString(), "--out", out());

        call.requireFailure(2, expected);
        assertThat(Path.of(out())).doesNotExist();
    }

    @Test
    void aMissingConfigurationFileIsNamedByItsWholePath() {
        CliCall call = CliCall.run("inspect", "--config", "no-such.yaml");

        call.requireFailure(2, Path.of("no-such.yaml").toAbsolutePath() + " does not exist");
    }

    @Test
    void aMissingFileOfClientPropertiesIsNamed() {
        CliCall call =
                CliCall.run("inspect", "--bootstrap-server", "127.0.0.1:1", "--command-config", "no-such.properties");

        call.requireFailure(2, Path.of("no-such.properties").toAbsolutePath().toString());
    }

    @Test
    void aStageWithoutClusterSaysHowToNameOne() {
        CliCall call = CliCall.run("inspect");

        call.requireFailure(2, "--bootstrap-server");
    }

    @Test
    void noCommandIsAUsageError() {
        CliCall.run().requireFailure(2, "no command is given", "--help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "distil",
                "distill --nothing",
                "distill --seed abc",
                "train",
                "distill superfluous",
                "evaluate",
                "train --out x --export float8"
            })
    void aCommandLineThatCannotBeIsAUsageError(String line) {
        CliCall.run(line.split(" ")).requireFailure(2, "--help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "--version",
                "distill --help",
                "produce --help",
                "teach --help",
                "train --help",
                "evaluate --help",
                "inspect --help",
                "tokenizer --help",
                "logits --help",
                "cluster --help"
            })
    void helpGoesToStandardOutput(String line) {
        CliCall call = CliCall.run(line.split(" ")).requireSuccess();

        assertThat(call.err()).isEmpty();
        assertThat(call.out()).contains("logitstream");
    }

    private String out() {
        return folder.resolve("out").toString();
    }
}
