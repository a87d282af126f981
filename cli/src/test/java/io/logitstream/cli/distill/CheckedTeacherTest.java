package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.ModelException;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.model.StreamTeacher;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckedTeacherTest {
    private final List<String> closed = new ArrayList<>();
    private final StreamTeacher checked = teacher("checked");
    private final StreamTeacher opened = teacher("opened");

    @Test
    void theTeacherOfTheChecksIsHandedOverAndStaysOpen() {
        try (CheckedTeacher teacher = new CheckedTeacher(checked)) {
            assertThat(teacher.take(CheckedTeacherTest::unexpected)).isSameAs(checked);
        }

        assertThat(closed).isEmpty();
    }

    @Test
    void itIsHandedOverOnceAndASecondStreamOpensItsOwn() {
        try (CheckedTeacher teacher = new CheckedTeacher(checked)) {
            teacher.take(CheckedTeacherTest::unexpected);

            assertThat(teacher.take(() -> opened)).isSameAs(opened);
        }

        assertThat(closed).isEmpty();
    }

    @Test
    void aTeacherThatNoStreamTookIsClosedOnceAndNotHandedOverAfterwards() {
        CheckedTeacher teacher = new CheckedTeacher(checked);

        teacher.close();
        teacher.close();

        assertThat(closed).containsExactly("checked");
        assertThat(teacher.take(() -> opened)).isSameAs(opened);
    }

    @Test
    void aRunThatWasCheckedByAnEarlierStartOpensItsTeacherForTheStream() {
        try (CheckedTeacher teacher = new CheckedTeacher(null)) {
            assertThat(teacher.take(() -> opened)).isSameAs(opened);
            assertThatThrownBy(() -> teacher.take(() -> {
                        throw new ModelException("damaged");
                    }))
                    .hasMessage("damaged");
        }

        assertThat(closed).isEmpty();
    }

    @Test
    void theWeightsOfAnOpenTeacherAreNotHashedAgain() {
        LogitstreamConfig missing = new ConfigurationPrecedence()
                .set(List.of("teacher=no such folder"))
                .resolve();
        try (CheckedTeacher teacher = new CheckedTeacher(checked)) {
            assertThat(teacher.hash(missing)).isEqualTo("hash of checked");
        }
        try (CheckedTeacher teacher = new CheckedTeacher(null)) {
            assertThatThrownBy(() -> teacher.hash(missing)).hasMessageContaining("no such folder");
        }
    }

    private static StreamTeacher unexpected() {
        throw new AssertionError("the teacher was opened a second time");
    }

    private StreamTeacher teacher(String name) {
        return (StreamTeacher) Proxy.newProxyInstance(
                StreamTeacher.class.getClassLoader(), new Class<?>[] {StreamTeacher.class}, (proxy, method, args) -> {
                    if (method.getName().equals("close")) {
                        closed.add(name);
                    }
                    return method.getName().equals("identity") ? new Teacher(name, "hash of " + name, null) : null;
                });
    }
}
