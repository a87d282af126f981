package io.logitstream.messages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTextTest {
    record Shape(int rows, Kind kind, List<String> names) {}

    enum Kind {
        flat,
        round
    }

    @TempDir
    private Path folder;

    @Test
    void failuresOfFilesNameTheFileAndTheReason() {
        assertThat(FailureText.of(new NoSuchFileException("/a/b"))).isEqualTo("/a/b does not exist");
        assertThat(FailureText.of(new AccessDeniedException("/a/b"))).isEqualTo("permission denied for /a/b");
        assertThat(FailureText.of(new DirectoryNotEmptyException("/a"))).isEqualTo("/a is not empty");
        assertThat(FailureText.of(new FileSystemException("/a", null, "No space left on device")))
                .isEqualTo("/a: No space left on device");
        assertThat(FailureText.of(new FileSystemException("/a"))).isEqualTo("the file system refuses /a");
    }

    @Test
    void failuresOfAnOperatingSystemAreTold() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");

        assertThat(FailureText.of(thrown(() -> Files.createDirectory(file.resolve("below")))))
                .contains("Not a directory");
        assertThat(FailureText.of(thrown(() -> Files.readString(folder.resolve("none")))))
                .endsWith("none does not exist");
        assertThat(FailureText.of(thrown(() -> Files.readString(Files.write(file, new byte[] {(byte) 0xff})))))
                .isEqualTo("it is not UTF-8 text");
    }

    @Test
    void failuresWithoutAMessageAreWords() {
        assertThat(FailureText.of(new EOFException())).isEqualTo("it ends too early");
        assertThat(FailureText.of(new TimeoutException())).isEqualTo("no answer in time");
        assertThat(FailureText.of(new SocketTimeoutException("Read timed out")))
                .isEqualTo("no answer in time (Read timed out)");
        assertThat(FailureText.of(new UnknownHostException("broker.test")))
                .isEqualTo("the host broker.test is unknown");
        assertThat(FailureText.of(new ClosedChannelException())).isEqualTo("it was closed while it was in use");
        assertThat(FailureText.of(new BufferUnderflowException())).isEqualTo("buffer underflow");
        assertThat(FailureText.of(new IOException())).isEqualTo("for an unknown reason");
        assertThat(FailureText.of(new NullPointerException("Cannot invoke \"java.util.List.size()\"")))
                .isEqualTo("an unexpected value");
        assertThat(FailureText.of(new NoClassDefFoundError("io/logitstream/A")))
                .startsWith("a part of the program is missing");
        assertThat(FailureText.of(null)).isEqualTo("for an unknown reason");
    }

    @Test
    void carriersAreTakenOff() {
        assertThat(FailureText.of(new ExecutionException(new UncheckedIOException(new NoSuchFileException("/a")))))
                .isEqualTo("/a does not exist");
        assertThat(FailureText.of(new RuntimeException(new IllegalStateException("the pipe is full"))))
                .isEqualTo("the pipe is full");
        assertThat(FailureText.of(new IOException(null, new IllegalStateException("the pipe is full"))))
                .isEqualTo("the pipe is full");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node | Timed out waiting for a node",
                "SaslAuthenticationException: Authentication failed                            | Authentication failed",
                "Cannot cast java.lang.String to java.lang.Integer                             | Cannot cast string to integer",
                "Failed to construct kafka.server.KafkaConfig@1f2e                             | Failed to construct kafka config",
                "a key of com.example.MyPartitioner                                            | a key of com.example.MyPartitioner",
                "/home/java/io/File.java                                                       | /home/java/io/File.java",
                "An InvalidProducerEpochException was met                                      | An invalid producer epoch was met"
            })
    void namesOfClassesAreDropped(String message, String expected) {
        assertThat(FailureText.of(new IllegalStateException(message))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'rows': 'x'}        | x is not a whole number below 2147483648",
                "{'rows': {}}         | expected a whole number below 2147483648 (line 1, column 10)",
                "{'kind': 'square'}   | square is not one of flat, round",
                "{'names': 'x'}       | expected a list (line 1, column 11)",
                "{'row': 1}           | unknown key row",
                "[]                   | expected a map of settings (line 1, column 1)",
                "{'rows': 3000000000} | out of range",
                "{'rows': NaN}        | NaN is not a number in JSON",
                "{'rows': 1           | Unexpected end-of-input",
                "''                   | an empty text is not a map of settings"
            })
    void mistakesInJsonAreToldInItsOwnTerms(String json, String expected) {
        Exception failure = thrown(() -> new ObjectMapper().readValue(json.replace('\'', '"'), Shape.class));

        assertThat(failure).isInstanceOf(JsonProcessingException.class);
        assertThat(FailureText.of(failure))
                .contains(expected)
                .doesNotContain("Exception", "java", "Shape", "Feature", "reference chain", "enable", "token");
    }

    @Test
    void aKeyThatIsGivenTwiceIsNamed() {
        ObjectMapper strict = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

        assertThat(FailureText.of(thrown(() -> strict.readTree("{\"web\": {}, \"web\": {}}"))))
                .startsWith("the key web is given twice (line 1, column ");
    }

    @Test
    void aRemoteMessageIsOneLineOfBoundedLength() {
        String text = FailureText.of(new IllegalStateException("first\n  second\u001b[2J " + "x".repeat(1 << 20)));

        assertThat(text).startsWith("first second\\u001b[2J xxx").hasSizeLessThan(1100);
    }

    private interface Failing {
        Object run() throws Exception;
    }

    private static Exception thrown(Failing call) {
        try {
            call.run();
        } catch (Exception e) {
            return e;
        }
        throw new AssertionError("nothing was thrown");
    }
}
