package io.logitstream.teacher.announcement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Announcements that cannot be followed, at the start of a stream and while it runs. */
class AnnouncementFollowerTest {
    private static final TopicPartition PARTITION = new TopicPartition("teachers", 0);
    private static final TeachConfig CONFIG = new TeachConfig("first", null, null, null, null, null);
    private static final SelectionConfig SELECTION = new SelectionConfig(0.9, 7);

    @TempDir
    private Path folder;

    private final MockConsumer<String, byte[]> consumer = new MockConsumer<>("earliest");
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final Map<String, byte[]> bad = new LinkedHashMap<>();
    private SwitchableTeacher current;
    private AnnouncementFollower watch;
    private Path good;
    private long offset;

    @BeforeEach
    void write() throws IOException {
        TeacherModel first = TeacherLoader.load(
                TinyTeacher.write(folder.resolve("first"), TinyTeacher.VOCABULARY), CONFIG, SELECTION);
        current = new SwitchableTeacher(first);
        good = TinyTeacher.write(folder.resolve("good"), TinyTeacher.VOCABULARY);
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        watch = new AnnouncementFollower(
                new AnnouncementTopic(consumer, "teachers", "logits"),
                current,
                CONFIG,
                SELECTION,
                next -> {
                    if (next.identity().getId().equals("runs out of memory")) {
                        throw new OutOfMemoryError("Java heap space");
                    }
                },
                new TeachListener() {
                    @Override
                    public void onBatch(int tokens, int kept, int bytes) {}

                    @Override
                    public void onTeacher(Teacher teacher) {
                        heard.add(teacher.getId());
                    }
                });
        makeBad();
    }

    // Each of these ended the thread, or the start, or must not begin to.
    private void makeBad() throws IOException {
        String hash = ModelWeights.hash(good);
        bad.put("garbage", "{\"path\": ".getBytes(StandardCharsets.UTF_8));
        bad.put("no value", null);
        bad.put("null", "null".getBytes(StandardCharsets.UTF_8));
        bad.put("number", "7".getBytes(StandardCharsets.UTF_8));
        bad.put("more than one", (json(good.toString(), "twice", hash) + "{}").getBytes(StandardCharsets.UTF_8));
        bad.put("huge", json(good.toString(), "x".repeat(1 << 20), hash).getBytes(StandardCharsets.UTF_8));
        bad.put("nested", "[".repeat(30_000).getBytes(StandardCharsets.UTF_8));
        bad.put("NUL in the path", json(folder + "/a\\u0000b", "nul", hash).getBytes(StandardCharsets.UTF_8));
        bad.put("relative path", json("good", "relative", hash).getBytes(StandardCharsets.UTF_8));
        bad.put("forged log line", json(good.toString(), "a\\nb", hash).getBytes(StandardCharsets.UTF_8));
        bad.put("no hash", json(good.toString(), "unhashed", "../..").getBytes(StandardCharsets.UTF_8));
        bad.put("other weights", json(good.toString(), "other", "0".repeat(64)).getBytes(StandardCharsets.UTF_8));
        bad.put("nowhere", json(folder.resolve("gone").toString(), "gone", hash).getBytes(StandardCharsets.UTF_8));
        bad.put(
                "a file",
                json(good.resolve("config.json").toString(), "file", hash).getBytes(StandardCharsets.UTF_8));
        Path wide = TinyTeacher.write(folder.resolve("wide"), TinyTeacher.VOCABULARY + 5);
        bad.put(
                "other tokenizer",
                json(wide.toString(), "wide", ModelWeights.hash(wide)).getBytes(StandardCharsets.UTF_8));
        bad.put("vocabulary too small", hostile("narrow", "\"vocab_size\" : 64", "\"vocab_size\" : 40"));
        bad.put("layers", hostile("deep", "\"num_hidden_layers\" : 1", "\"num_hidden_layers\" : 1000000000"));
        bad.put("heap", json(good.toString(), "runs out of memory", hash).getBytes(StandardCharsets.UTF_8));
        Path crash = TinyTeacher.write(folder.resolve("crash"), TinyTeacher.VOCABULARY);
        Files.writeString(
                crash.resolve("tokenizer.json"),
                Files.readString(crash.resolve("tokenizer.json"))
                        .replace(
                                "{\"type\": \"Whitespace\"}",
                                "{\"type\": \"Split\", \"behavior\": \"Isolated\", \"invert\": false,"
                                        + " \"pattern\": {\"Regex\": \"" + "(".repeat(100_000) + "a"
                                        + ")".repeat(100_000) + "\"}}"));
        bad.put(
                "a tokenizer that crashes the library",
                json(crash.toString(), "crash", hash).getBytes(StandardCharsets.UTF_8));
    }

    private byte[] hostile(String name, String key, String value) throws IOException {
        Path model = TinyTeacher.write(folder.resolve(name), TinyTeacher.VOCABULARY);
        String config = Files.readString(model.resolve("config.json"));
        assertThat(config).contains(key);
        Files.writeString(model.resolve("config.json"), config.replace(key, value));
        return json(model.toString(), name, ModelWeights.hash(model)).getBytes(StandardCharsets.UTF_8);
    }

    private static String json(String path, String id, String hash) {
        return "{\"path\":\"" + path + "\",\"id\":\"" + id + "\",\"weightsHash\":\"" + hash + "\"}";
    }

    @AfterEach
    void close() {
        watch.close();
        current.close();
    }

    @Test
    void aStreamStartsWithTheLastAnnouncementThatLoadsWhateverFollowsIt() {
        List<byte[]> before = new ArrayList<>();
        before.add(announcement("better"));
        before.addAll(bad.values());

        start(before);

        assertThat(heard).containsExactly("better");
        assertThat(id()).isEqualTo("better");
    }

    @Test
    void aStreamStartsWithItsOwnTeacherWhereNoAnnouncementLoads() throws Exception {
        start(List.copyOf(bad.values().stream()
                .map(value -> value == null ? new byte[0] : value)
                .toList()));

        assertThat(heard).isEmpty();
        assertThat(id()).isEqualTo("first");
        announceWhileRunning(announcement("better"));
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("better");
    }

    @Test
    void theThreadOutlivesEachAnnouncementAndFaultsOfTheBroker() throws Exception {
        start(List.of());
        int taken = 0;
        for (byte[] value : bad.values()) {
            announceWhileRunning(value);
            announceWhileRunning(announcement("good-" + ++taken));
        }
        consumer.schedulePollTask(() -> consumer.setPollException(new KafkaException("the topic cannot be read")));
        announceWhileRunning(announcement("last"));

        for (int i = 1; i <= taken; i++) {
            assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("good-" + i);
        }
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("last");
    }

    @Test
    void whatCannotBeFollowedIsNamed() {
        assertRefused("garbage", "not an announcement in JSON");
        assertRefused("no value", "no value");
        assertRefused("huge", "1048");
        assertRefused("NUL in the path", "is not a valid path: Nul character");
        assertRefused("relative path", "path 'good' is not absolute");
        assertRefused("forged log line", "not a name of 1 to 255 printable characters");
        assertRefused("no hash", "weightsHash '../..' is not a SHA-256");
    }

    private void assertRefused(String name, String cause) {
        byte[] value = bad.get(name);
        assertThatThrownBy(() -> TeacherAnnouncement.of(value))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining(cause)
                .hasMessageNotContainingAny("\n", "\0", "Exception");
    }

    private byte[] announcement(String id) {
        return new TeacherAnnouncement(good.toString(), id, ModelWeights.hash(good), null).bytes();
    }

    private void start(List<byte[]> before) {
        consumer.updateEndOffsets(Map.of(PARTITION, (long) before.size()));
        before.forEach(this::add);
        watch.start();
    }

    private void announceWhileRunning(byte[] value) {
        long at = offset++;
        consumer.schedulePollTask(() -> consumer.addRecord(record(at, value)));
    }

    private void add(byte[] value) {
        consumer.addRecord(record(offset++, value));
    }

    private static ConsumerRecord<String, byte[]> record(long at, byte[] value) {
        return new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), at, "logits", value);
    }

    private String id() {
        try (SwitchableTeacher.Lease lease = current.hold()) {
            return lease.teacher().identity().getId();
        }
    }
}
