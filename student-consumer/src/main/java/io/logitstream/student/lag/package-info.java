/** How far a student is behind its topic. */
package io.logitstream.student.lag;
