"""The reviewer's pages: her tasks, and one page for each review. They work without JavaScript."""
