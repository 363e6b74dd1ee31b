// C++'s operators: a Valgrind log of them. README.md has the command.
#include <new>

struct alignas(64) Line {
    char bytes[64];
};

int main()
{
    int *one = new int(1);
    char *many = new char[100];
    Line *line = new Line;
    Line *lines = new Line[2];

    delete one;
    delete[] many;
    delete line;
    delete[] lines;
    delete new (std::nothrow) int(2);
}
