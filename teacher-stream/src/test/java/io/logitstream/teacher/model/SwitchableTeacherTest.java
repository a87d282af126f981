package io.logitstream.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SwitchableTeacherTest {
    @TempDir
    private Path folder;

    private TeacherModel first;
    private TeacherModel second;
    private TokenBatch batch;

    @BeforeEach
    void load() throws Exception {
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
        TeachConfig config = new TeachConfig(null, null, null, null, null, null);
        first = TeacherLoader.load(folder, "first", null, config, new SelectionConfig(null, null));
        second = TeacherLoader.load(folder, "second", 7L, config, new SelectionConfig(null, null));
        batch = TinyTeacher.batch(first, 1, 4, 1);
    }

    @Test
    void aTeacherIsClosedWhenTheLastThreadLetsGoOfIt() {
        SwitchableTeacher current = new SwitchableTeacher(first);
        SwitchableTeacher.Lease one = current.hold();
        SwitchableTeacher.Lease two = current.hold();

        current.change(second);

        one.close();
        assertThat(two.teacher()).isSameAs(first);
        two.teacher().score(batch, new SparseLogits());
        two.close();
        assertClosed(first);
        try (SwitchableTeacher.Lease three = current.hold()) {
            assertThat(three.teacher().identity().getTrainingStep()).isEqualTo(7);
            current.close();
            three.teacher().score(batch, new SparseLogits());
        }
        assertClosed(second);
    }

    @Test
    void aTeacherThatNobodyHoldsIsClosedAtOnce() {
        SwitchableTeacher current = new SwitchableTeacher(first);

        current.change(second);

        assertClosed(first);
        current.close();
        assertClosed(second);
    }

    @Test
    void aThreadThatOutlivesTheStreamClosesNothingTwice() {
        AtomicInteger closes = new AtomicInteger();
        SwitchableTeacher current = new SwitchableTeacher((StreamTeacher) Proxy.newProxyInstance(
                StreamTeacher.class.getClassLoader(),
                new Class<?>[] {StreamTeacher.class},
                (proxy, method, arguments) -> method.getName().equals("close") ? closes.incrementAndGet() : null));
        current.close();

        current.hold().close();
        current.close();

        assertThat(closes.get()).isEqualTo(1);
    }

    private void assertClosed(TeacherModel teacher) {
        assertThatThrownBy(() -> teacher.process(batch, new SparseLogits())).isInstanceOf(IllegalStateException.class);
    }
}
