package io.logitstream.cli.produce;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.TokenPublisher;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Publishes a corpus in a process that a test can kill; prints the number of committed batches. */
final class PublisherProcess {
    private PublisherProcess() {}

    /**
     * Starts publishing.
     *
     * @param properties client properties as key=value
     */
    static Process start(KafkaSettings kafka, String topic, Path folder, String... properties) throws IOException {
        return launch(kafka, topic, folder, "texts", properties);
    }

    /** Starts publishing {@link MixtureCorpus}. */
    static Process startMixture(KafkaSettings kafka, String topic, Path folder) throws IOException {
        return launch(kafka, topic, folder, "mixture");
    }

    private static Process launch(KafkaSettings kafka, String topic, Path folder, String kind, String... properties)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-Dai.djl.offline=true",
                "-cp",
                System.getProperty("java.class.path"),
                PublisherProcess.class.getName(),
                kafka.bootstrapServers(),
                kafka.schemaRegistry(),
                topic,
                folder.toString(),
                kind));
        command.addAll(List.of(properties));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String[] arguments) {
        Map<String, String> properties = Arrays.stream(arguments)
                .skip(5)
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(each -> each[0], each -> each[1]));
        KafkaSettings kafka = new KafkaSettings(arguments[0], arguments[1], properties);
        Path folder = Path.of(arguments[3]);
        boolean mixture = arguments[4].equals("mixture");
        try (Tokenizer tokenizer =
                        Tokenizer.load(mixture ? Path.of("..", "teachers", "java-4m") : folder.resolve("tokenizer"));
                TokenPublisher publisher = new TokenPublisher(
                        kafka,
                        arguments[2],
                        mixture ? MixtureCorpus.config(folder) : PublishedTopic.corpus(folder, "c"),
                        tokenizer,
                        (batches, tokens, fraction) -> System.out.println(batches))) {
            publisher.publish();
        }
    }
}
