package io.logitstream.teacher.served.standin;

import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Locale;

/** Serves a folder until the process is ended, for tests of documented commands. */
public final class StandInMain {
    private StandInMain() {}

    /**
     * Starts a server that accepts any number of log-probabilities.
     *
     * @param arguments format, such as {@code vllm-generate}; port; Hugging Face folder; name of the model
     */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length != 4) {
            System.err.println("usage: FORMAT PORT FOLDER MODEL");
            System.exit(2);
        }
        Torch.start(1);
        StandInServer.Format format = StandInServer.Format.valueOf(
                arguments[0].toUpperCase(Locale.ROOT).replace('-', '_'));
        Path folder = Path.of(arguments[2]);
        StandInServer server = StandInServer.start(
                        format,
                        ServedWeights.load(folder),
                        Tokenizer.load(folder),
                        Integer.parseInt(arguments[1]),
                        null)
                .maxLogprobs(-1)
                .model(arguments[3]);
        System.out.println("serving " + arguments[3] + " at " + server.url());
        Thread.currentThread().join();
    }
}
