package io.logitstream.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandIT {
    private static final String TEACHER =
            Repository.root().resolve("teachers/java-4m").toString();
    private static final String LICENSE = "/*\n * Licensed";

    @TempDir
    private Path folder;

    @Test
    void thePromptIsContinuedFromAnySource() throws IOException {
        Path file = Files.writeString(folder.resolve("prompt.txt"), LICENSE);

        CliCall given = generate("--prompt", LICENSE).requireSuccess();
        assertThat(given.out())
                .startsWith(" to the Apache Software Foundation (ASF) under one or more\n * contributor");
        assertThat(given.err()).contains("40 tokens after ", "stopped by --max-tokens");
        assertThat(generate("--prompt-file", file.toString()).requireSuccess().out())
                .isEqualTo(given.out());
        String[] fromInput = {"generate", "--model", TEACHER, "--max-tokens", "40", "--temperature", "0"};
        assertThat(CliCall.run(LICENSE, fromInput).requireSuccess().out()).isEqualTo(given.out());
    }

    @Test
    void theSeedDecidesTheText() {
        String[] sampled = {
            "generate",
            "--model",
            TEACHER,
            "--prompt",
            "public ",
            "--max-tokens",
            "30",
            "--top-p",
            "0.95",
            "--top-k",
            "50",
            "--seed",
            "1"
        };
        String first = CliCall.run(sampled).requireSuccess().out();

        assertThat(CliCall.run(sampled).requireSuccess().out()).isEqualTo(first);
        sampled[sampled.length - 1] = "2";
        assertThat(CliCall.run(sampled).requireSuccess().out()).isNotEqualTo(first);
    }

    @Test
    void anEmptyPromptBeginsAText() {
        assertThat(generate("--prompt", "").requireSuccess().out()).startsWith("/*\n * Licensed to the Apache");
    }

    @Test
    void whatCannotBeIsRefused() {
        generate("--prompt", "x", "--prompt-file", "y").requireFailure(2, "--prompt and --prompt-file are both given");
        generate("--prompt-file", "nowhere").requireFailure(2, "nowhere does not exist");
        generate("--prompt", "x", "--top-p", "2").requireFailure(2, "--top-p 2.0 is not in (0, 1]");
        generate("--prompt", "x ".repeat(400))
                .requireFailure(1, "the model's context of 256 tokens has room for prompts of 1 to 255");
        CliCall.run("generate", "--model", folder.resolve("none").toString(), "--prompt", "x")
                .requireFailure(2, "model " + folder.resolve("none") + " does not exist");
    }

    private static CliCall generate(String... arguments) {
        String[] line = new String[7 + arguments.length];
        System.arraycopy(
                new String[] {"generate", "--model", TEACHER, "--max-tokens", "40", "--temperature", "0"},
                0,
                line,
                0,
                7);
        System.arraycopy(arguments, 0, line, 7, arguments.length);
        return CliCall.run(line);
    }
}
